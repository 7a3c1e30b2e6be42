# Packs what there is of the files that may be handed in: the answers and the proofs each have two forms.
cd "$(dirname "$0")" && tar -cf handin.tar hw1.py $(ls answers.toml answers.json proofs.md proofs.pdf 2>/dev/null)
