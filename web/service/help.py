"""The help page, printed from the catalogue of verdicts."""

from __future__ import annotations

from flask import Blueprint, render_template

from grader.verdicts import CATALOGUE
from web.frame.access import for_everyone

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@for_everyone
def verdicts() -> str:
    """Every way a test can end, and what to do about it."""
    return render_template("help.html", catalogue=CATALOGUE.values())
