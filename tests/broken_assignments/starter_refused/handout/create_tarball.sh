tar -cf handin.tar $(ls)
