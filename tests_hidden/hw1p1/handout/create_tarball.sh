tar -cf handin.tar hw1 mytorch
