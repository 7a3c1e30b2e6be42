"""The runtime root: built once, whole or not at all, and gone when nothing uses it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from grader.report import GraderFault
from grader.sandbox import root

pytestmark = pytest.mark.sandbox

BUILDER = """
import sys
from pathlib import Path
from grader.sandbox import root
print(root.build(Path(sys.argv[1])).path)
"""


@pytest.mark.slow
def test_two_builders_at_once_make_one_root(open_folder):
    command = (sys.executable, "-c", BUILDER, str(open_folder))
    builders = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (builder.communicate(timeout=100)[0].strip() for builder in builders)
    assert first == second
    assert sorted(path.name for path in open_folder.iterdir()) == [
        "build.lock",
        Path(first).name,
        f"{Path(first).name}.lock",
    ]


@pytest.mark.slow
def test_a_builder_that_fails_leaves_nothing_and_says_where(open_folder, monkeypatch):
    def fail(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(root, "_make_readable", fail)
    with pytest.raises(GraderFault, match=rf"{open_folder}.*No space left"):
        root.build(open_folder)
    assert not [path for path in open_folder.iterdir() if path.is_dir()]


@pytest.mark.slow
def test_what_a_killed_builder_left_is_cleared_by_the_next(open_folder):
    (open_folder / ".building-x" / "python").mkdir(parents=True)
    built = root.build(open_folder)
    assert not list(open_folder.glob(".building-*"))
    built.close()


def test_a_second_build_takes_what_is_there(prepared):
    first = root.build(prepared.cache)
    made = first.path.stat().st_ctime_ns
    again = root.build(prepared.cache)
    assert again.path == first.path
    assert again.path.stat().st_ctime_ns == made
    for built in (first, again, again):
        built.close()


def test_a_root_that_nobody_uses_is_removed_and_one_in_use_is_not(open_folder):
    used, unused = open_folder / "root-used", open_folder / "root-unused"
    for path in (used, unused):
        path.mkdir()
    held = root.Root(used, root._hold(used))
    root.Root(unused, root._hold(unused)).close()
    root._remove_unused(open_folder)
    assert used.exists()
    assert not unused.exists()
    held.close()
    root._remove_unused(open_folder)
    assert list(open_folder.iterdir()) == []


def test_a_changed_candidate_changes_the_fingerprint(tmp_path, monkeypatch):
    before = root.fingerprint()
    assert before == root.fingerprint()
    copy = tmp_path / "grader"
    for name in ("candidate", "wire"):
        shutil.copytree(root._GRADER / name, copy / name)
    shutil.copy(root._GRADER / "__init__.py", copy)
    monkeypatch.setattr(root, "_GRADER", copy)
    assert root.fingerprint() == before
    with (copy / "candidate" / "loop.py").open("a") as file:
        file.write("# one more line\n")
    assert root.fingerprint() != before


def test_everybody_can_read_a_root_and_nobody_can_write_it(prepared):
    for path in (prepared.root.path, *prepared.root.path.rglob("*")):
        status = path.lstat()
        assert not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH | stat.S_ISUID | stat.S_ISGID), path
        assert status.st_mode & stat.S_IROTH, path
        assert status.st_uid == os.geteuid(), path


def test_python_files_come_compiled(prepared):
    for name in ("python/lib", "packages/numpy/_core", "packages/grader/candidate"):
        folder = prepared.root.path / name
        assert list(folder.rglob("__pycache__/*.pyc"))
    sources = list((prepared.root.path / "packages" / "grader").rglob("*.py"))
    compiled = list((prepared.root.path / "packages" / "grader").rglob("*.pyc"))
    assert len(sources) == len(compiled) > 3


@pytest.mark.parametrize(("mode", "moved"), [(0o755, False), (0o711, False), (0o700, True), (0o750, True)])
def test_a_cache_that_the_sandboxs_user_cannot_reach_is_moved_for_root(open_folder, monkeypatch, mode, moved):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    private = open_folder / "private"
    private.mkdir()
    private.chmod(mode)
    wanted = private / "not" / "there yet"
    assert root.cache_for(wanted) == (root.SYSTEM_CACHE if moved else wanted)


def test_a_cache_that_somebody_else_owns_is_refused(open_folder, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: open_folder.stat().st_uid + 1)
    with pytest.raises(GraderFault, match="belongs to another user"):
        root.build(open_folder)


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    answer = subprocess.CompletedProcess([], 0, stdout="x:\n\tlibfoo.so.1 => not found\n", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(GraderFault, match=r"libfoo\.so\.1"):
        root._copy_libraries(tmp_path, [])
