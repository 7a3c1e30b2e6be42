"""What `handin doctor` looks at besides the sandbox: one module for each thing that an operator can mend.

Each looks and changes nothing. A finding that is not good says in a sentence how to mend it, and none shows a secret.
"""
