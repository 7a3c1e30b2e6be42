"""Control groups of both versions. Version 2's files are written to a tree of plain ones, whatever this kernel has."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from grader.report import GraderFault
from grader.sandbox import Limits, cgroup

MB = 1 << 20


@pytest.fixture
def version_2(tmp_path):
    for folder in (tmp_path, tmp_path / "handin"):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.subtree_control").write_text("")
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    return tmp_path


def test_version_2_hands_both_controllers_down_and_limits_memory_swap_and_processes(version_2):
    hierarchy = cgroup._version_2({"2": version_2})
    assert hierarchy.version == 2
    for level in (version_2, version_2 / "handin"):
        assert (level / "cgroup.subtree_control").read_text() == "+memory +pids"
    group = hierarchy.make(Limits(memory_mb=100, disk_mb=10, processes=7), extra_processes=2)
    [folder] = set(group.folders.values())
    assert folder.parent == version_2 / "handin"
    assert (folder / "memory.max").read_text() == str(120 * MB)
    assert (folder / "pids.max").read_text() == "9"


def test_version_2_tells_each_kill_for_memory_once(version_2):
    group = cgroup._version_2({"2": version_2}).make(Limits(), extra_processes=0)
    events = group.folders["memory"] / "memory.events"
    events.write_text("low 0\nhigh 0\nmax 7\noom 1\noom_kill 0\noom_group_kill 0\n")
    assert not group.oom_kill()
    events.write_text("low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n")
    assert [group.oom_kill(), group.oom_kill()] == [True, False]


def test_version_2_without_the_controllers_is_passed_over(version_2):
    (version_2 / "cgroup.controllers").write_text("hugetlb\n")
    assert cgroup._version_2({"2": version_2}) is None


def test_no_mount_no_hierarchy(tmp_path):
    assert cgroup._version_1({"memory": tmp_path}) is None
    assert cgroup._version_2({}) is None


MOUNTS = {
    "version 2": (
        "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate",
        {"2": Path("/sys/fs/cgroup")},
    ),
    "version 1": (
        """31 24 0:27 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
32 24 0:28 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 24 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct""",
        {"memory": Path("/sys/fs/cgroup/memory"), "pids": Path("/sys/fs/cgroup/pids")},
    ),
    "hybrid": (
        """31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
34 24 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw""",
        {"memory": Path("/sys/fs/cgroup/memory"), "2": Path("/sys/fs/cgroup/unified")},
    ),
    "none": ("22 1 254:0 / / rw,relatime - ext4 /dev/vda rw", {}),
}


@pytest.mark.parametrize("host", MOUNTS)
def test_mounts_are_found_on(host):
    text, expected = MOUNTS[host]
    assert cgroup._mounts(text) == expected


@pytest.fixture
def hierarchy():
    found = cgroup.find()
    if found is None:
        pytest.skip("no control group can be written on this host")
    return found


@pytest.mark.sandbox
def test_removal_kills_what_is_inside_and_may_come_twice(hierarchy):
    group = hierarchy.make(Limits(), extra_processes=0)
    entrances = group.entrances()

    def enter():
        for entrance in entrances:
            os.write(entrance, b"0")

    with subprocess.Popen(["sleep", "600"], preexec_fn=enter) as sleeper:
        assert group.processes() == [sleeper.pid]
        for entrance in entrances:
            os.close(entrance)
        killer = os.fork()
        if killer == 0:  # the sleeper must be reaped while removal waits for it
            group.remove()
            os._exit(0)
        assert sleeper.wait(30) == -9
        assert os.waitpid(killer, 0)[1] == 0
    group.remove()
    assert not any(folder.exists() for folder in group.folders.values())


@pytest.mark.sandbox
def test_a_sweep_removes_dead_workers_groups_and_no_living_ones(hierarchy):
    mine = hierarchy.make(Limits(), extra_processes=0)
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    orphans = [folder.with_name(f"{gone.pid}-0") for folder in mine.folders.values()]
    for orphan in orphans:
        orphan.mkdir(exist_ok=True)
    hierarchy.sweep()
    assert not any(orphan.exists() for orphan in orphans)
    assert all(folder.exists() for folder in mine.folders.values())
    mine.remove()


@pytest.mark.sandbox
def test_a_sweep_ends_what_a_dead_worker_s_sandbox_left_waiting(hierarchy):
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    folders = {key: folder / f"{gone.pid}-1" for key, folder in hierarchy.folders.items()}
    for folder in set(folders.values()):
        folder.mkdir()
    with subprocess.Popen(["sleep", "600"]) as left:
        for folder in set(folders.values()):
            (folder / "cgroup.procs").write_text(str(left.pid))
        hierarchy.sweep()
        assert left.wait(30) == -9
    deadline = time.monotonic() + 10
    while any(folder.exists() for folder in folders.values()):  # a group empties a moment after its last process
        assert time.monotonic() < deadline
        hierarchy.sweep()


def test_a_group_that_cannot_be_made_is_our_fault_and_leaves_nothing(tmp_path):
    folders = {"memory": tmp_path / "memory", "pids": tmp_path / "absent"}
    folders["memory"].mkdir()
    with pytest.raises(GraderFault, match="control group could not be set up"):
        cgroup.Hierarchy(1, folders).make(Limits(), extra_processes=0)
    assert list(folders["memory"].iterdir()) == []
