tar -cf handin.tar solution.py
