"""Symptoms: what is told of one mistake is alike, however its numbers differ, and what is told of two is not."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import MetaData, Table, text

from grader.hints.factor import find_factor
from grader.hints.pair import Pair
from grader.hints.shapes import bare_shape, compare_shapes
from grader.report import Hint
from submissions.gradings.symptoms import LONGEST, symptom
from submissions.storage import migrate

CALLED = "While the test called `Linear(784, 10).backward(…)`:\n"


def _hinted(kind: str, text: str, **params: object) -> str:
    return symptom("wrong", "`dW` differs.", [{"kind": kind, "text": text, "params": params}])


# Each pair is one mistake of two students.
ALIKE = {
    "batch sizes": (
        _hinted("factor", "`dW` is 20 times too large, and 20 is the batch size: summed.", factor=20.0, name="N"),
        _hinted("factor", "`dW` is 100 times too large, and 100 is the batch size: summed.", factor=100.0, name="N"),
    ),
    "layers": (
        _hinted("factor", "`dW[0]` is 20 times too large.", factor=20.0, name="N"),
        _hinted("factor", "`dW[3]` is 20 times too large. The same holds for `dW[4]`.", factor=20.0, name="N"),
    ),
    "sizes of a transposed array": (
        _hinted("shape", "`dW` has shape (20, 3), …", got="(20, 3)", expected="(3, 20)"),
        _hinted("shape", "`dW` has shape (5, 7), …", got="(5, 7)", expected="(7, 5)"),
    ),
    "how nearly right": (
        _hinted("noise", "`out` is nearly right: within 1e-03.", within=1e-3),
        _hinted("noise", "`out` is nearly right: within 1e-05.", within=1e-5),
    ),
    "how many are not finite": (
        _hinted("not_finite", "3 of 20 entries of `out` are NaN.", nan=3, infinite=0, entries=20),
        _hinted("not_finite", "7 of 20 entries of `out` are NaN.", nan=7, infinite=0, entries=20),
    ),
    "whose file a class is in": (
        _hinted("wrong_module", "`Linear` stands in `a.py`, line 3", name="Linear", file="a.py"),
        _hinted("wrong_module", "`Linear` stands in `b/c.py`, line 70", name="Linear", file="b/c.py"),
    ),
    "places of an exception": (
        symptom("raised", f"{CALLED}ValueError: shapes (4,10) (4,)\n  a.py, line 41, in backward\n    x @ y", ()),
        symptom("raised", f"{CALLED}ValueError: shapes (8,3) (8,)\n  b.py, line 7, in backward\n    a.T @ b", ()),
    ),
    "addresses and quoted values": (
        symptom("raised", "TypeError: <Layer object at 0x7f3a11> is not 'a value', but 3.5", ()),
        symptom("raised", "TypeError: <Layer object at 0x55dd09> is not 'another one', but -1e-7", ()),
    ),
}
# Each pair is two mistakes.
APART = {
    "factors": (
        _hinted("factor", "`dW` is 20 times too large.", factor=20.0, name="N"),
        _hinted("factor", "`dW` is 20 times too small.", factor=0.05, name="1/N"),
    ),
    "bases of a logarithm": (
        _hinted("factor", "`loss` is in base 2.", factor=1.44, name="1/ln 2"),
        _hinted("factor", "`loss` is in base 10.", factor=0.43, name="1/ln 10"),
    ),
    "names": (
        _hinted("sign", "`dW` has the wrong sign everywhere."),
        _hinted("sign", "`db` has the wrong sign everywhere."),
    ),
    "a transposed shape and a lost axis": (
        _hinted("shape", "`db` has shape (20, 3), …", got="(20, 3)", expected="(3, 20)"),
        _hinted("shape", "`db` has shape (3,), …", got="(3,)", expected="(1, 3)"),
    ),
    "dtypes": (
        _hinted("dtype", "`out` has dtype float32, …", got="float32", expected="float64"),
        _hinted("dtype", "`out` has dtype int64, …", got="int64", expected="float64"),
    ),
    "rows and columns": (
        _hinted("offset", "`out` is off by an amount of its own in each column.", along="columns"),
        _hinted("offset", "`out` is off by an amount of its own in each row.", along="rows"),
    ),
    "exceptions": (
        symptom("raised", f"{CALLED}ValueError: bad shape", ()),
        symptom("raised", f"{CALLED}IndexError: bad shape", ()),
    ),
    "attributes": (
        symptom("raised", "AttributeError: 'Linear' object has no attribute 'dW'", ()),
        symptom("raised", "AttributeError: 'Linear' object has no attribute 'db'", ()),
    ),
    "verdicts": (symptom("timed_out", "", ()), symptom("crashed", "", ())),
}


@pytest.mark.parametrize("what", ALIKE)
def test_one_mistake_has_one_symptom(what) -> None:
    one, other = ALIKE[what]
    assert one == other
    assert one


@pytest.mark.parametrize("what", APART)
def test_two_mistakes_have_two(what) -> None:
    one, other = APART[what]
    assert one != other


def test_what_passed_has_none_and_the_longest_is_bounded() -> None:
    assert symptom("passed", "a message", [{"kind": "worth_knowing", "text": "x", "params": {}}]) == ""
    assert len(symptom("raised", "x" * 5000, ())) == LONGEST


def _as_kept(hint: Hint | None) -> str:
    assert hint is not None
    return symptom("wrong", "", [{"kind": hint.kind, "text": hint.text, "params": hint.params}])


def test_what_the_finders_really_say_is_alike_for_other_numbers() -> None:
    said = set()
    for seed, m in ((1, 20), (2, 100)):
        expected = np.random.default_rng(seed).normal(size=(6, 5))
        said.add(_as_kept(find_factor(Pair("dW", m * expected, expected, sizes=(m,), rtol=1e-7, atol=1e-9))))
    assert said == {"factor dW N"}
    shapes = {_as_kept(bare_shape("out", (n, 1, k), (n, k))) for n, k in ((4, 7), (30, 2))}
    assert shapes == {"shape out (a, 1, b) (a, b)"}
    turned, _ = compare_shapes("dW", np.ones((2, 3)), np.full((3, 2), 5.0), 1e-7, 1e-9)
    assert _as_kept(turned) == "shape dW (a, b) (b, a)"


def test_results_of_before_get_their_symptom_when_the_database_is_brought_up_to_date(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    hinted = [{"kind": "sign", "text": "`dW` has the wrong sign", "params": {}}]
    kept = [("passed", hinted), ("wrong", hinted), ("wrong", hinted), ("wrong", [])]
    with migrate.migrating(url) as connection:
        migrate.to_version(connection, "0005")
        results = Table("test_result", MetaData(), autoload_with=connection)
        rest = dict.fromkeys(("test", "task", "title", "output", "visibility", "staff"), "")
        connection.execute(
            results.insert(),
            [
                {
                    **rest,
                    **dict.fromkeys(("position", "points", "max_points", "seconds"), 0),
                    "grading_id": number,
                    "verdict": verdict,
                    "message": "3 of 20 differ",
                    "hints": hints,
                    "figures": [],
                }
                for number, (verdict, hints) in enumerate(kept, 1)
            ],
        )
        migrate.to_version(connection, "head")
        found = connection.execute(text("SELECT symptom FROM test_result ORDER BY id")).scalars().all()
    assert found == ["", "sign dW", "sign dW", "wrong # of # differ"]
