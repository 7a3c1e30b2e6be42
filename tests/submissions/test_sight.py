"""What a student sees of results follows from the rules, the tests' own visibility, the deadline and publishing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.rules.rules import Contradiction, Rules, Shown, contradictions
from submissions.scores.sight import Sight

DUE = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TESTS = {"always": Shown.ALWAYS, "after_due": Shown.AFTER_DUE, "never": Shown.NEVER}
sights = st.builds(
    Sight,
    st.sampled_from((DUE - SECOND, DUE, DUE + SECOND)),
    st.sampled_from((None, DUE)),
    st.sampled_from(Shown),
    st.sampled_from(Shown),
    st.booleans(),
)
manifests = st.lists(
    st.fixed_dictionaries({"visibility": st.sampled_from([*TESTS, "odd"]), "points": st.sampled_from((0, 5))})
).map(lambda tests: {"tests": tests})


@pytest.mark.parametrize(
    ("settled", "shown"), [(DUE - SECOND, False), (DUE, False), (DUE + SECOND, True)], ids=["before", "at", "after"]
)
def test_what_waits_for_the_deadline_shows_after_it_and_not_at_it(settled, shown):
    sight = Sight(settled, DUE, Shown.AFTER_DUE, Shown.AFTER_DUE)
    assert (sight.test("always"), sight.prints(), sight.total({"tests": [{"visibility": "always", "points": 1}]})) == (
        (shown,) * 3
    )


def test_without_a_deadline_what_waits_for_one_is_not_shown():
    assert not Sight(DUE, None, Shown.AFTER_DUE).test("always")


def test_publishing_shows_what_waits_for_it_and_every_score_and_no_test_that_is_for_nobody():
    before, after = (Sight(DUE, DUE, Shown.AFTER_PUBLISHING, Shown.NEVER, published) for published in (False, True))
    manifest = {"tests": [{"visibility": "never", "points": 5}]}
    assert (before.test("always"), before.total(manifest)) == (False, False)
    assert (after.test("always"), after.test("never"), after.prints(), after.total(manifest)) == (
        *(True, False, False, True),
    )


@given(sights, manifests)
def test_a_score_is_shown_only_with_every_test_in_it_or_once_it_is_published(sight, manifest):
    hidden = [each for each in manifest["tests"] if each["points"] and not sight.test(each["visibility"])]
    assert sight.total(manifest) == (sight.published or not hidden)


@given(sights, st.sampled_from([*TESTS, "odd"]))
def test_of_the_assignment_s_rule_and_the_test_s_own_the_stricter_holds(sight, visibility):
    by_rule = Sight(sight.settled, sight.due_at, sight.tests, published=sight.published).test("always")
    by_own = Sight(sight.settled, sight.due_at, TESTS.get(visibility, Shown.NEVER)).test("always")
    assert sight.test(visibility) == (by_rule and by_own)


@given(sights, manifests)
def test_a_hidden_score_that_waits_for_the_deadline_is_shown_after_it(sight, manifest):
    if not sight.total(manifest) and sight.hides_until(manifest) is Shown.AFTER_DUE:
        later = Sight(DUE + SECOND, sight.due_at, sight.tests, sight.output, sight.published)
        assert later.total(manifest)


@pytest.mark.parametrize("field", ["show_tests", "show_output"])
def test_nothing_waits_for_a_deadline_that_there_is_not(field):
    (found,) = contradictions(Rules(**{field: Shown.AFTER_DUE}))
    assert found == Contradiction(
        field, "There is no deadline after which to show it: give one, or choose another moment."
    )
    assert not contradictions(Rules(due_at=DUE, **{field: Shown.AFTER_DUE}))
