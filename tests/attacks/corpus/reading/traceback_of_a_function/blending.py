# Has the test's function fail, and looks for the test in the exception's text, frames and causes.
def apply(function, x):
    for argument in (None, "x", [[]], {}, b"", object()):
        try:
            print(function(argument))
        except Exception as error:
            print(type(error), error, error.args, error.__cause__, error.__context__)
            trace = error.__traceback__
            while trace:
                print({name: value for name, value in trace.tb_frame.f_globals.items() if name in ("CANARY", "WEIGHT")})
                trace = trace.tb_next
    print("raised in the candidate")
    return 0
