"""An answer file is read into plain values, and each answer gets the verdict, sentence and hint that it deserves."""

from __future__ import annotations

import datetime as dt
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import wire
from grader.assignment import Tolerance
from grader.candidate.answers import MOST_BYTES, Answers
from grader.candidate.described import Answered
from grader.examiner.answers import Rule, judge_answer
from grader.examiner.failures import StudentFailure, failure
from grader.report import GraderFault

RULE = Rule(Tolerance(rtol=1e-4, atol=1e-8))
PLACES = Rule(Tolerance(), decimals=4)


def loaded(folder, text, name="answers.toml"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    answers = Answers()
    return answers, answers.load(str(folder), name)


def told(answers, key):
    """What a student reads who asks for that key."""
    with pytest.raises(Answered) as answered:
        answers.find(key)
    return failure(answered.value.answer, key)


SAME = {
    "tables": ("answers.toml", "[q4]\ny = 1.5\nv = { v1 = 9 }\n"),
    "dotted keys": ("answers.toml", "q4.y = 1.5\nq4.v.v1 = 9\n"),
    "quoted keys": ("answers.toml", '"q4.y" = 1.5\n"q4.v" = { v1 = 9 }\n'),
    "Windows": ("answers.toml", "\ufeff[q4]\r\ny = 1.5\r\nv = { v1 = 9 }\r\n"),
    "JSON objects": ("answers.json", '{"q4": {"y": 1.5, "v": {"v1": 9}}}'),
    "JSON with dotted keys": ("answers.json", '{"q4.y": 1.5, "q4.v": {"v1": 9}}'),
}


@pytest.mark.parametrize(("name", "text"), SAME.values(), ids=SAME)
def test_a_key_finds_its_answer_however_the_file_spells_it(tmp_path, name, text):
    answers, said = loaded(tmp_path, text, name)
    assert said == wire.Return()
    assert (answers.find("q4.y"), answers.find("q4.v"), answers.find("q4.v.v1")) == (1.5, {"v1": 9}, 9)


UNREADABLE = {
    "a comma for a point": ("answers.toml", "a = 1\ny = 3,5\n", "`answers.toml`, line 2, cannot be read: SyntaxError"),
    "says how a number is written": ("answers.toml", "a = 1\ny = -35,1211 # Q4\n", "with a point: -35.1211"),
    "shows the line": ("answers.toml", "a = 1\ny = 3,5\n", "    y = 3,5"),
    "an end too early": ("answers.toml", "a = 1\ny = [1, 2\n", "`answers.toml`, line 3, cannot be read"),
    "a key twice": ("answers.toml", "a = 1\na = 2\n", "`answers.toml`, line 2, cannot be read"),
    "JSON": ("answers.json", '{\n "a": 1,\n}', "`answers.json`, line 3, cannot be read"),
    "a JSON list": (
        "answers.json",
        "[1, 2]",
        "`answers.json`, line 1, cannot be read: SyntaxError: the file must hold",
    ),
    "no text": ("answers.toml", b"a = '\xff'", "UnicodeDecodeError"),
    "too large": ("answers.toml", "#" * MOST_BYTES + "\n", "larger than 16 kB"),
    "a key of two thousand parts": ("answers.toml", ".".join("a" * 2000) + " = 1", "RecursionError"),
    "too deep": ("answers.json", '{"a":' * 2500 + "1" + "}" * 2500, "RecursionError"),
    "too deep in lists": ("answers.toml", "a = " + "[" * 8000 + "]" * 8000, "RecursionError"),
    "too many digits": ("answers.json", '{"a": ' + "9" * 5000 + "}", "ValueError"),
}


@pytest.mark.parametrize(("name", "text", "says"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_told_with_its_line(tmp_path, name, text, says):
    answers, said = loaded(tmp_path, text, name)
    assert isinstance(said, wire.Raised)
    error = told(answers, "a")
    assert error.verdict == "import_failed"
    assert says in error.message


@given(
    st.binary(max_size=80) | st.text("ab.=[]{}\"'-+_:#\\,1290eTZ \n\r", max_size=60),
    st.sampled_from((".toml", ".json")),
)
def test_whatever_stands_in_the_file_is_an_answer(tmp_path_factory, text, suffix):
    answers, said = loaded(tmp_path_factory.getbasetemp(), text, f"answers{suffix}")
    assert isinstance(said, wire.Return | wire.Raised)
    assert isinstance(said, wire.Return) or told(answers, "a").verdict == "import_failed"


def test_a_missing_answer_is_told_with_the_key_that_looks_like_it(tmp_path):
    answers, _said = loaded(tmp_path, "[q4]\ndy_dx = 1\n")
    error = told(answers, "q4.dydx")
    assert (error.verdict, error.message) == ("missing_name", "`q4.dydx` was not found in `answers.toml`.")
    assert error.hints[0].text == "There is `q4.dy_dx`: did you mean `q4.dydx`?"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
EXPECTED = (24, 1.5, "relu", True, [1.0, 2.0], {"k": 8, "s": [2]})


@given(JSON, st.sampled_from(EXPECTED), st.sampled_from((RULE, PLACES, Rule(Tolerance(), holds=lambda _: "No."))))
def test_whatever_a_student_answers_is_right_or_the_students_failure(value, expected, rule):
    # As it comes out of the file and over the wire.
    body = wire.Body()
    frozen = wire.freeze(json.loads(json.dumps(value)), body, lambda each: wire.Handle(1, "object"))
    got = wire.thaw(frozen, body, lambda item: item)
    failed = None
    try:
        judge_answer("q", got, expected, rule)
    except StudentFailure as error:
        failed = error
    assert failed is None or failed.verdict in {"wrong", "not_implemented", "missing_name"}


RIGHT = [
    (24, 24, RULE),
    (24.0, 24, RULE),
    (35.1211, 35.12111860, PLACES),
    (35.12112, 35.12111860, PLACES),
    (-0.1535, -0.15346569, PLACES),
    (36, 36.0, PLACES),
    (2, 1.9999999, RULE),
    ("  Tanh\n", "tanh", RULE),
    (True, True, RULE),
    ([1, 2.0], [1, 2.0], RULE),
    ({"k": 8, "note": "mine"}, {"k": 8}, RULE),
    (73_700, 73_728, Rule(Tolerance(), decimals=-2)),
]


@pytest.mark.parametrize(("got", "expected", "rule"), RIGHT)
def test_a_right_answer_is_right(got, expected, rule):
    judge_answer("q", got, expected, rule)


WRONG = [
    (25, 24, RULE, "wrong", "`q` is not right.", None),
    (24.5, 24, RULE, "wrong", "", "not_whole"),
    (35.12, 35.12111860, PLACES, "wrong", "`q` is not right.", "too_few_decimals"),
    (35.121, 35.12111860, PLACES, "wrong", "`q` is not right.", "too_few_decimals"),
    (35.1, 35.12111860, PLACES, "wrong", "`q` is not right.", None),
    (35.12, 35.12111860, Rule(Tolerance(), decimals=5), "wrong", "`q` is not right.", None),
    (35.12, 35.12111860, Rule(Tolerance(), decimals=3), "wrong", "`q` is not right.", "too_few_decimals"),
    (35.1, 35.12111860, Rule(Tolerance(), decimals=3), "wrong", "`q` is not right.", None),
    (35.1, 35.12111860, Rule(Tolerance(), decimals=2), "wrong", "`q` is not right.", None),
    ([35.12, 0.1], [35.12111860, 0.14112], PLACES, "wrong", "`q[0]` and `q[1]` are not right.", None),
    (35.1211, 35.12118, PLACES, "wrong", "`q` is not right.", "cut_off"),
    (0.2899, 0.29, PLACES, "wrong", "`q` is not right.", None),
    (-35.1211, 35.12111860, PLACES, "wrong", "`q` is not right.", None),
    (False, True, Rule(Tolerance(), decimals=-2), "wrong", "`q` is not right.", None),
    ("24", 24, RULE, "wrong", "`q` cannot be compared.", "type"),
    (True, 1, RULE, "wrong", "`q` cannot be compared.", "type"),
    (1, True, RULE, "wrong", "`q` cannot be compared.", "type"),
    (math.nan, 1.0, RULE, "wrong", "`q` cannot be compared.", "not_finite"),
    (-math.inf, 1, PLACES, "wrong", "`q` cannot be compared.", "not_finite"),
    (1 << 3000, 1.0, PLACES, "wrong", "`q` cannot be compared.", "too_large"),
    (dt.date(2027, 1, 1), 1.0, RULE, "wrong", "`q` cannot be compared.", "type"),
    ([1, 2], [1, 2, 3], RULE, "wrong", "`q` cannot be compared.", "length"),
    ([1, 2, 4], [1, 2, 3], RULE, "wrong", "`q[2]` is not right.", None),
    ({"k": 8, "s": 2}, {"k": 7, "s": 1}, RULE, "wrong", "`q.k` and `q.s` are not right.", None),
    ([0] * 5, [1] * 5, RULE, "wrong", "`q[0]`, `q[1]`, `q[2]` and 2 more are not right.", None),
    ({"s": 2}, {"k": 7, "s": 1}, RULE, "missing_name", "`q` has no `k`.", None),
    ("", 24, RULE, "not_implemented", "`q` is not filled in yet.", None),
    (None, 24, RULE, "not_implemented", "`q` is not filled in yet.", None),
    ([], [1], RULE, "not_implemented", "`q` is not filled in yet.", None),
    ({"k": 1, "s": ""}, {"k": 7, "s": 1}, RULE, "not_implemented", "`q.s` is not filled in yet.", None),
]


@pytest.mark.parametrize(("got", "expected", "rule", "verdict", "message", "kind"), WRONG)
def test_a_wrong_answer_gets_its_verdict_and_hint(got, expected, rule, verdict, message, kind):
    with pytest.raises(StudentFailure) as error:
        judge_answer("q", got, expected, rule)
    assert (error.value.verdict, error.value.message.startswith(message)) == (verdict, True)
    assert [hint.kind for hint in error.value.hints] == ([kind] if kind else [])


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_number_rounded_to_the_decimals_asked_for_is_right(value, decimals):
    judge_answer("q", round(value, decimals), value, Rule(Tolerance(), decimals=decimals))


@given(st.integers(-(10**9), 10**9), st.integers(1, 4))
def test_a_tie_may_be_rounded_either_way(thousands, decimals):
    value = (10 * thousands + 5) / 10 ** (decimals + 1)
    for one in (thousands, thousands + 1):
        judge_answer("q", one / 10**decimals, value, Rule(Tolerance(), decimals=decimals))


@pytest.mark.parametrize("expected", [1e25, 6.02214076e23, -1.5e300, 1.7976931348623157e308])
@pytest.mark.parametrize("rule", [PLACES, Rule(Tolerance(), decimals=15), Rule(Tolerance(), decimals=-15)])
def test_a_number_of_any_size_is_judged(expected, rule):
    judge_answer("q", expected, expected, rule)
    with pytest.raises(StudentFailure) as error:
        judge_answer("q", expected / 2, expected, rule)
    assert (error.value.verdict, error.value.hints) == ("wrong", ())


@pytest.mark.parametrize("decimals", [-16, 16, 400, 2.0, True, "4"])
def test_decimals_that_no_number_has_are_a_mistake(decimals):
    with pytest.raises(ValueError, match="decimals must be a whole number from -15"):
        Rule(Tolerance(), decimals=decimals)


def test_no_sentence_holds_a_value_of_the_reference():
    for got, expected, rule, *_ in WRONG:
        with pytest.raises(StudentFailure) as error:
            judge_answer("q", got, expected, rule)
        if type(expected) is float:
            said = error.value.message + "".join(hint.text for hint in error.value.hints)
            assert str(expected) not in said


def fits(setting):
    if setting["s"] < 1:
        return "The stride is at least 1."
    return None if (64 - setting["k"]) // setting["s"] == 7 else "The output has another size."


@pytest.mark.parametrize("setting", [{"k": 8, "s": 8}, {"k": 1.0, "s": 9}])
def test_every_answer_that_the_predicate_holds_for_is_right(setting):
    judge_answer("q", setting, {"k": 8, "s": 8}, Rule(Tolerance(), holds=fits))


def test_the_predicate_s_sentence_is_the_hint_and_it_meets_only_what_it_was_written_for():
    rule = Rule(Tolerance(), holds=fits)
    for setting, kind, text in [
        ({"k": 8, "s": 0}, "constraint", "The stride is at least 1."),
        ({"k": 8, "s": "8"}, "type", "`q.s` holds text where a number belongs. Write it without quotes."),
        ({"k": 8, "s": 7.5}, "not_whole", "`q.s` must be a whole number."),
    ]:
        with pytest.raises(StudentFailure) as error:
            judge_answer("q", setting, {"k": 8, "s": 8}, rule)
        (hint,) = error.value.hints
        assert (hint.kind, hint.text) == (kind, text)


def test_a_predicate_that_gives_no_sentence_is_our_fault():
    with pytest.raises(GraderFault, match="must return None or a sentence"):
        judge_answer("q", 1, 1, Rule(Tolerance(), holds=lambda got: got == 1))


FEEDBACK = Rule(Tolerance(), feedback={"one_side": (24, "That is one side."), "full": ([1, 2, 3], "That is `full`.")})


@pytest.mark.parametrize(
    ("got", "expected", "kinds"),
    [(24, 73_728, ["one_side"]), (25, 73_728, []), ([1, 2, 3], [2], ["full"]), ("24", 73_728, ["type"])],
)
def test_a_known_wrong_answer_gets_the_author_s_own_words(got, expected, kinds):
    with pytest.raises(StudentFailure) as error:
        judge_answer("q", got, expected, FEEDBACK)
    assert [hint.kind for hint in error.value.hints] == kinds


def test_feedback_may_be_computed_with_numpy():
    rule = Rule(Tolerance(), decimals=4, feedback={"degrees": (np.cos(np.deg2rad(3)), "In radians.")})
    with pytest.raises(StudentFailure) as error:
        judge_answer("q", 0.9986, np.cos(3), rule)
    assert [hint.kind for hint in error.value.hints] == ["degrees"]


def test_an_answer_that_is_right_gets_no_feedback():
    judge_answer("q", 24, 24, FEEDBACK)
