"""The stand-in for msgspec does what the grader's records ask of the real one."""

from __future__ import annotations

import sys

import pytest

from grader import verdicts
from grader.handout.local import records
from grader.wire import messages


@pytest.fixture(scope="module")
def under_stand_in():
    """A module of the grader's, loaded again where `msgspec` is the stand-in."""

    def load(module):
        source = module.__spec__.loader.get_data(module.__file__)
        loaded = type(sys)(module.__name__)
        # Its classes look here for what their annotations mean.
        theirs, sys.modules[module.__name__] = sys.modules[module.__name__], loaded
        real, sys.modules["msgspec"] = sys.modules["msgspec"], records
        try:
            exec(compile(source, module.__file__, "exec"), loaded.__dict__)
        finally:
            sys.modules["msgspec"], sys.modules[module.__name__] = real, theirs
        return loaded

    return load


def fields(record):
    return {name: getattr(record, name) for name in type(record).__match_args__}


def test_records_have_the_same_fields_defaults_and_replacements(under_stand_in):
    theirs = under_stand_in(messages)
    made = theirs.Raised("ValueError", "ValueError", "no")
    assert fields(made) == fields(messages.Raised("ValueError", "ValueError", "no"))
    assert fields(records.structs.replace(made, text="so")) == {**fields(made), "text": "so"}
    with pytest.raises(AttributeError):
        made.text = "changed"


def test_every_verdict_is_there_in_the_same_words(under_stand_in):
    assert {name: fields(verdict)["word"] for name, verdict in under_stand_in(verdicts).CATALOGUE.items()} == {
        name: verdict.word for name, verdict in verdicts.CATALOGUE.items()
    }


def test_a_mutable_default_is_not_shared(under_stand_in):
    theirs = under_stand_in(messages)
    one, other = theirs.Call(1), theirs.Call(2)
    assert one.kwargs == other.kwargs == {}
    assert one.kwargs is not other.kwargs
