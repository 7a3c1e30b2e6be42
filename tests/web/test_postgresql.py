"""The portal over PostgreSQL: every page once, an upload, and a search, as over SQLite."""

from __future__ import annotations

import re

import pytest

from submissions.models import Decision
from tests.school import School
from tests.web.conftest import Visitor


@pytest.mark.services
def test_the_portal_answers_the_same_over_postgresql(tmp_path, postgresql_url) -> None:
    school = School(tmp_path / "data", database=postgresql_url)
    app = school.app()
    ada, ines = Visitor(app.test_client()), Visitor(app.test_client())
    assert ada.log_in("ada").status_code == 303
    assert ines.log_in("ines").status_code == 303
    page = ada.hand_in().location
    assert "Yours is next." in ada.get(page).text
    graded, running = school.graded("bo"), school.running("bo")
    for path in ("/courses/dl/", "/courses/dl/assignments/hw1p1/", "/account/", page, page + "live", page + "file"):
        assert ada.get(path).status_code == 200, path
    shown = {"If-None-Match": ada.get(page + "live").headers["ETag"]}
    assert ada.get(page + "live", headers=shown).status_code == 304
    for path in ("/courses/dl/", f"/submissions/{graded}/", f"/submissions/{running}/live"):
        assert ines.get(path).status_code == 200, path
    found = ines.get("/courses/dl/hand-ins", query_string={"who": "SØNDER"}).text
    assert "Bo Søndergård" in found
    assert "Ada Lovelace" not in found
    answered = school.answered("ada", kind="mistakes")
    form = f"/submissions/{answered}/written/q1-1"
    for points in ("6", "7.5"):
        page = ines.get(f"/submissions/{answered}/").text
        seen = re.search(r'name="seen" value="([^"]*)"', page)[1]
        assert ines.post(form, {"points": points, "comment": "Nearly.", "seen": seen}).status_code == 303
    assert "7.5 / 8" in ada.get(f"/submissions/{answered}/").text
    assert ines.get("/courses/dl/hand-ins", query_string={"only": "by-hand"}).status_code == 200
    school.decided("bo", Decision.POINTS, 2.5, "As in Søndergård's proof")
    school.answered_request(school.asked(answered), "declined", "It is right as it is.")
    school.asked(answered)
    assert "waits for an answer" in ines.get("/courses/dl/requests").text
    for search in ({"words": "søndergård's"}, {"action": "score.decide", "from": "2020-01-01", "record": "BO in"}):
        assert "2.5" in ines.get("/courses/dl/audit/", query_string=search).text
    assert "2.5 points added" in ines.get("/courses/dl/assignments/hw1p1/decisions/bo/").text
    here = "/courses/dl/assignments/hw1p1/groups/"
    key = re.search(rf'href="{here}(\w+)/"', ines.get(here).text)[1]
    assert ines.post(f"{here}{key}/", {"text": "As in Søndergård's proof"}).status_code == 303
    assert "Said to" in ines.get(f"{here}{key}/").text
    assert ines.post(f"{here}{key}/withdraw/1").status_code == 303
    assert "Withdrawn from" in ines.get(f"{here}{key}/").text
    code = f"/submissions/{answered}/code/hw1/hw1.py"
    assert ines.post(code, {"line": "1", "text": "Why?"}).status_code == 303
    assert "Why?" in ada.get(code).text
    assert ada.post("/account/tokens", {"label": "x"}).status_code == 200
    assert ada.post("/logout").status_code == 303
    school.close()
