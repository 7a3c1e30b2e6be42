tar -cf handin.tar solutions.py
