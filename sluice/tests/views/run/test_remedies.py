"""Each of the specification's failures, and each fault of a machine, is known with its three sentences."""

import pytest

from sluice.views.run.remedies import find_remedy


@pytest.mark.parametrize(
    ("name", "log", "symptom"),
    [
        ("lint › Run make fmt-check", "1 file would be reformatted", "check of it found something"),
        ("test (3.11) › Unit tests", "FAILED test_a.py", "a test fails"),
        ("docker-build › Build", "failed to solve: process did not complete", "an image was not built"),
        ("benchmark › Hold to the limits", "slower by 31 %", "worse than its limit"),
        ("migration-test › Fresh migration", "NUMERIC scale 32", "a migration or the schema"),
        ("test › Unit tests", "OSError: [Errno 28] No space left on device", "the disk is full"),
        ("x › y", "Error response from daemon: Get http://127.0.0.1:5000/v2/: connection refused", "doesn't answer"),
        ("deploy › Run it", "/tmp/x.sh: line 1: sluice: command not found", "calls `sluice`, which is not in PATH"),
        ("deploy › Run it", "sh: 1: sluice: not found", "calls `sluice`, which is not in PATH"),
        ("x › y", "exit code 127\n/tmp/x.sh: line 1: gh: command not found", "a program that is not on this machine"),
        ("x › Run tests", "exit code 127\n/tmp/x.sh: 1: gh: not found\nbye", "a program that is not on this machine"),
        ("x › Run tests", "exit code 1\nx: command not found", "a test fails"),
        ("x › y", "manifest unknown: manifest unknown", "an image can't be had"),
        ("x › y", "dial unix /var/run/docker.sock: connect: permission denied", "closed to this user"),
        ("x › y", "Bind for 0.0.0.0:5432 failed: port is already allocated", "a port is taken"),
        ("x › y", "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", "does not answer"),
    ],
)
def test_a_failure_is_known_by_its_log_or_by_its_name(name: str, log: str, symptom: str) -> None:
    found = find_remedy(name, ["before", log, "after"])
    assert found is not None
    assert symptom in found.symptom
    assert found.resolution
    assert found.prevention


def test_of_what_is_not_known_nothing_is_said() -> None:
    assert find_remedy("deploy › Run ./deploy.sh", ["exit 1"]) is None


@pytest.mark.parametrize("command", ['test -n "$KEY"', 'test "$A" = b', "test ! -e gone"])
def test_the_shells_own_test_is_no_test_that_fails(command: str) -> None:
    assert find_remedy(f"deploy › Run {command}", ["exit 1"]) is None
    assert find_remedy(f"deploy › Run make test && {command}", ["exit 1"]) is not None
