"""What the doctor says about a host, and what to do."""

from __future__ import annotations

import pytest

from grader.report import GraderFault
from grader.sandbox import BACKENDS, backend, bubblewrap, doctor
from grader.sandbox.bubblewrap import Bubblewrap
from grader.sandbox.doctor import Level, examine


@pytest.mark.sandbox
def test_a_host_that_can_isolate_passes_to_the_last_row(prepared):
    findings = examine("nursery", prepared.uid, prepared.cache)
    assert [finding.layer for finding in findings] == [
        "bubblewrap",
        "user",
        "namespaces",
        "system call filter",
        "control groups",
        "runtime root",
        "all together",
    ]
    assert not [finding for finding in findings if finding.level is Level.FAIL]
    assert all(finding.remedy for finding in findings if finding.level is not Level.PASS)


@pytest.mark.sandbox
def test_a_door_that_is_open_is_found(prepared):
    leaky = Bubblewrap(prepared.uid, prepared.cache, ("-c", doctor.SELF_TEST))
    leaky.__dict__["_prefix"] = (*prepared._prefix, "--tmpfs", "/dev")
    finding = doctor._together(leaky)
    assert finding.level is Level.FAIL
    assert "/ can be written" in finding.seen


@pytest.mark.sandbox
def test_missing_bubblewrap_fails_with_the_command_and_no_sandbox_is_tried(prepared, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = {finding.layer: finding for finding in examine("nursery", prepared.uid, prepared.cache)}
    assert findings["bubblewrap"].level is Level.FAIL
    assert "apt-get install bubblewrap" in findings["bubblewrap"].remedy
    assert "all together" not in findings


@pytest.mark.sandbox
def test_an_older_bubblewrap_works_without_the_option_that_it_lacks_and_the_doctor_says_so(prepared, monkeypatch):
    monkeypatch.setattr(bubblewrap, "version", lambda _bwrap: (0, 6, 1))
    monkeypatch.setattr(doctor, "version", lambda _bwrap: (0, 6, 1))
    sandbox = Bubblewrap(prepared.uid, prepared.cache)
    assert "--disable-userns" not in sandbox._prefix
    findings = {finding.layer: finding for finding in examine("nursery", prepared.uid, prepared.cache)}
    assert findings["bubblewrap"].level is Level.CAUTION
    assert "0.6.1" in findings["bubblewrap"].seen
    assert "older than 0.8" in findings["bubblewrap"].seen
    assert findings["all together"].level is Level.PASS
    assert "--disable-userns" in prepared._prefix or not bubblewrap.may_disable_userns()


@pytest.mark.parametrize(
    ("switch", "value", "remedy"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
    ],
)
def test_a_refusal_of_namespaces_is_traced_to_the_hosts_switch(tmp_path, switch, value, remedy):
    path = tmp_path / switch
    path.parent.mkdir(parents=True)
    path.write_text(f"{value}\n")
    assert remedy in doctor.namespace_remedy(tmp_path)
    path.write_text("5\n")
    assert remedy not in doctor.namespace_remedy(tmp_path)


def test_in_a_container_the_remedy_is_the_seccomp_profile(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "in_container", lambda: True)
    assert "seccomp profile in deploy/" in doctor.namespace_remedy(tmp_path)


def test_an_unknown_sandbox_is_refused_with_the_choices(tmp_path):
    with pytest.raises(GraderFault, match="bubblewrap, nursery, none"):
        backend("docker", 64123, tmp_path)


@pytest.mark.parametrize("name", BACKENDS)
def test_each_backend_is_found_by_its_name(name, tmp_path):
    assert backend(name, 64123, tmp_path).name == name
