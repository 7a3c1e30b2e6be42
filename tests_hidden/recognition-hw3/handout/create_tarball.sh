cd "$(dirname "$0")" && tar -cf handin.tar hw3.ipynb
