cd "$(dirname "$0")" && tar -cf handin.tar activations.py mlp.py gd.py
