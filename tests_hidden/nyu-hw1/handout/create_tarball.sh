tar -cf handin.tar activations.py mlp.py gd.py
