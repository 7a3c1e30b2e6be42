"""Canaries: strings made anew for each run and planted where student code must never look. One that is seen anywhere
else has been reached."""

from __future__ import annotations

import random
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.attacks.attack import SUITES

PLACES = ("tests", "reference", "environment", "database", "broker", "another hand-in", "a file of the host")


class Canaries:
    """One string for each of `PLACES`, and the weight: a number that stands in each value that the reference gives."""

    def __init__(self) -> None:
        self.at = {place: f"canary-{secrets.token_hex(12)}" for place in PLACES}
        self.weight = f"{random.randint(20_000, 90_000)}.625"

    def plant_in_suite(self, suite: str, folder: Path) -> Path:
        """A copy of the suite with its canaries in place."""
        shutil.copytree(SUITES[suite], folder, ignore=shutil.ignore_patterns("__pycache__"))
        for file in (each for each in folder.rglob("*") if each.is_file()):
            text = file.read_text().replace("@weight@", self.weight)
            for place in ("tests", "reference"):
                text = text.replace(f"@{place}@", self.at[place])
            file.write_text(text)
        return folder

    def solution(self, suite: str) -> dict[str, bytes]:
        """The files of a hand-in that earns all points, without a canary in them."""
        files = (each for each in (SUITES[suite] / "reference").iterdir() if each.is_file())
        texts = {file.name: file.read_text().replace("@weight@", self.weight) for file in files}
        return {name: text.replace("@reference@", "").encode() for name, text in texts.items()}

    def seen_in(self, texts: Iterable[str]) -> set[str]:
        """The places whose canary stands in one of the texts."""
        # Half a canary is a find too: an output may be cut.
        marks = {place: canary[: len(canary) // 2 + 4] for place, canary in self.at.items()}
        return {place for text in texts for place, mark in marks.items() if mark in text}

    def values_in(self, told: str) -> set[str]:
        """What a student reads must hold no expected value either; what staff read may."""
        return {"an expected value"} if self.weight in told else set()
