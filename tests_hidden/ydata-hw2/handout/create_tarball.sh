tar -cf handin.tar hw2.py
