cd "$(dirname "$0")" && tar -cf handin.tar hw2.py
