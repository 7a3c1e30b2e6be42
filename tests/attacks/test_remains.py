"""Whatever can be left behind is found: each kind is staged for real, in a place made for it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.attacks import remains
from tests.attacks.remains import Place, Remains

ME = os.geteuid()
SEGMENT = ["ipcmk", "--shmem", "1"]
as_root = pytest.mark.skipif(ME != 0, reason="only root makes and looks into a container's namespaces")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """This process as a worker, whose sandboxes have its own user."""
    for name in ("kept", "sealed", "shared", "groups"):
        (tmp_path / name).mkdir()
    (tmp_path / "sealed" / "key").write_text("secret")
    return Place(
        init=os.getpid(),
        users=range(ME, ME + 1),
        kept=(tmp_path / "kept",),
        sealed=(tmp_path / "sealed",),
        shared=(tmp_path / "shared",),
        groups=(tmp_path / "groups",),
    )


def seats(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> None:
    """An examiner, and below it these processes for one grading each."""
    monkeypatch.setattr(remains, "_below", lambda pid: {1, *numbers} if pid == os.getpid() else set())
    monkeypatch.setattr(remains, "_parent", lambda pid: 0 if pid == 1 else 1)
    monkeypatch.setattr(remains, "_is_examiner", {1, *numbers}.__contains__)


def test_a_process_of_a_sandboxs_user_is_found(place):
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        assert f"process {process.pid}: /bin/sleep 60" in Remains(place).left()
        process.kill()


def test_a_control_group_of_a_grading_that_is_over_is_found(place, monkeypatch):
    remaining = Remains(place._replace(users=range(0)))
    for name in ("7-1", "8-1", "9-1"):
        (place.groups[0] / name).mkdir()
    seats(monkeypatch, 7)
    remaining.standing()
    seats(monkeypatch, 8)
    assert remaining.left() == [f"control group {place.groups[0]}/7-1"]


def test_more_than_one_seat_for_a_suite_is_found(place, monkeypatch):
    seats(monkeypatch, 7, 8)
    assert Remains(place).left() == ["more than one seat for a suite: [7, 8]"]


def test_locks_that_no_waiting_sandbox_holds_are_found(place, monkeypatch, tmp_path):
    monkeypatch.setattr(remains, "LOCKS", tmp_path)
    monkeypatch.setattr(remains.psutil, "process_iter", list)
    with ExitStack() as stack:
        # More than seats can be waiting for other tests of this process.
        for uid in range(1, 41):
            fcntl.flock(stack.enter_context((tmp_path / f"{uid}.lock").open("w")), fcntl.LOCK_EX)
        found = Remains(place._replace(users=range(1, 41))).left()
    assert [each.partition(",")[0] for each in found] == ["40 locks of sandboxes' users"]


def test_a_file_of_a_sandboxs_user_among_those_of_others_is_found(place):
    (place.shared[0] / "left").touch()
    assert f"file {place.shared[0]}/left of a sandbox's user" in Remains(place).left()


def test_a_file_where_none_may_be_added_is_found(place):
    before = Remains(place).standing()
    (place.kept[0] / "left").touch()
    assert Remains(place).standing() - before == {f"file {place.kept[0]}/left"}


def written(key: Path) -> None:
    """The time of writing and the size are as before."""
    before = key.stat()
    key.write_text("SECRET")
    os.utime(key, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [written, Path.unlink, lambda key: (key.parent / "more").touch(), lambda key: key.chmod(0o666)],
    ids=["written", "removed", "added", "opened to all"],
)
def test_a_change_to_what_is_sealed_is_found(place, change):
    remaining = Remains(place)
    before = remaining.sealed()
    assert remaining.sealed() == before
    change(place.sealed[0] / "key")
    assert remaining.sealed() != before


def removed(command: list[str]) -> Callable[[], object]:
    """Makes an object of System V by the command; what removes it."""
    made = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1]
    return lambda: subprocess.run(["ipcrm", f"--{command[1].removeprefix('--')}-id", made], check=True)


@pytest.mark.parametrize(
    ("command", "kind"), [(SEGMENT, "shm"), (["ipcmk", "--queue"], "msg"), (["ipcmk", "--semaphore", "1"], "sem")]
)
def test_an_object_of_system_v_is_found(place, command, kind):
    before = Remains(place).standing()
    remove = removed(command)
    try:
        (found,) = Remains(place).standing() - before
    finally:
        remove()
    assert found.startswith(f"System V {kind}")


def test_a_keyring_of_a_sandboxs_user_is_found(place):
    users = {int(line.partition(":")[0]) for line in Path("/proc/key-users").read_text().splitlines()}
    for user in users:
        found = Remains(place._replace(users=range(user, user + 1))).standing()
        assert any(each.startswith(f"keyring of user {user}:") for each in found)
    nobody = max(users, default=0) + 1
    found = Remains(place._replace(users=range(nobody, nobody + 1))).standing()
    assert not any(each.startswith("keyring") for each in found)


@contextmanager
def container(*staged: str) -> Iterator[tuple[Place, Callable[[], None]]]:
    """A worker with namespaces of its own and no users for sandboxes; and what has it do the staged command."""
    script = f"echo ready; read -r _; {' '.join(staged)} >&2; echo done; read -r _"
    command = ["unshare", "--mount", "--ipc", "sh", "-c", script]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    ) as process:
        said, asked = process.stdout, process.stdin
        assert said
        assert asked
        assert said.readline() == "ready\n"

        def stage() -> None:
            asked.write("\n")
            asked.flush()
            assert said.readline() == "done\n"

        try:
            yield Place(process.pid, range(0), ()), stage
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@as_root
@pytest.mark.parametrize(
    ("staged", "found"),
    [(("mount", "-t", "tmpfs", "left", "/mnt"), "mount /mnt"), (SEGMENT, "System V shm")],
    ids=["a mount", "an object of System V"],
)
def test_what_is_left_in_a_containers_namespaces_is_found(staged, found):
    with container(*staged) as (place, stage):
        before = Remains(place).standing()
        stage()
        (new,) = Remains(place).standing() - before
    assert new.startswith(found)


@as_root
def test_a_process_of_a_sandbox_below_a_container_is_found():
    with container("unshare --pid --fork --kill-child sleep 60 &") as (place, stage):
        remaining = Remains(place)
        assert remaining.left() == []
        stage()
        # The program comes after the namespace; whichever of the two is seen is of a sandbox.
        while not (found := remaining.left()):
            pass
    assert all(each.startswith("process ") for each in found)
