# Prints without end while it is imported.
while True:
    print("a lot of output" * 100)
