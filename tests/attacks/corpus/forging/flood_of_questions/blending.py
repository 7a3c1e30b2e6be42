# Calls the test's function without end, so that the examiner is busy with answering and never comes to a verdict.
def apply(function, x):
    while True:
        function(1.0)
