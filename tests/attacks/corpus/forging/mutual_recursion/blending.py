# Passes functions back into the test's function, so that both sides call one another without end.
def apply(function, x):
    def again(*given):
        return function(again)

    try:
        function(again)
    except Exception as error:
        print("refused", type(error).__name__)
    return 0
