"""What others wrote stands as they wrote it: unmodified, with its licence and its version."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import web

VENDOR = Path(web.__file__).parent / "static" / "vendor"


@pytest.mark.parametrize("folder", sorted(VENDOR.iterdir()), ids=lambda folder: folder.name)
def test_a_vendored_file_is_the_one_of_its_version(folder) -> None:
    what, digest = (folder / "VERSION").read_text().splitlines()
    _, sha256, name = digest.split()
    assert any(character.isdigit() for character in what)
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {"VERSION", "LICENSE", name.split(".")[0]}
