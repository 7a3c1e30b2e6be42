cd "$(dirname "$0")" && tar -cf handin.tar activations.py mlp.py gd.py $(ls theory.md theory.pdf 2>/dev/null)
