tar -cf handin.tar solution.py report.md
