cd "$(dirname "$0")" && tar -cf handin.tar hw1 mytorch
