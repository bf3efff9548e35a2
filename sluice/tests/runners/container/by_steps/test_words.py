"""What is left of the words of ``docker run`` when a job has its ports to itself."""

from __future__ import annotations

import pytest

from sluice.runners.container.by_steps.words import PORTS, apart, is_detached, is_on_host, placed, read_ports

LEFT = "127.0.0.1::"


def rewritten(line: str) -> tuple[str, str]:
    """What stands behind ``docker run``, and the label of its ports."""
    words = apart(line.split(), {})
    asked = words[1].removeprefix(f"{PORTS}=") if words[:1] == ["--label"] and words[1].startswith(PORTS) else ""
    return " ".join(words[2:] if asked else words), asked


@pytest.mark.parametrize(
    ("line", "left", "asked"),
    [
        ("image", "image", ""),
        ("-p 9094:9090 image", f"--publish {LEFT}9090/tcp image", "9094:9090/tcp"),
        ("--publish=0.0.0.0:53:5353/udp image x", f"--publish {LEFT}5353/udp image x", "53:5353/udp"),
        ("-p80:8080 image", f"--publish {LEFT}8080/tcp image", "80:8080/tcp"),
        ("-p=80:8080 image", f"--publish {LEFT}8080/tcp image", "80:8080/tcp"),
        ("-dp 80:8080 image", f"-d --publish {LEFT}8080/tcp image", "80:8080/tcp"),
        ("-dit --rm -e A=b image -p 1:2", "-d -i -t --rm -e A=b image -p 1:2", ""),
        ("--name -p -p 1:2 image", f"--name -p --publish {LEFT}2/tcp image", "1:2/tcp"),
        (
            "--rm=false -p 1:2 -p 3:4 image",
            f"--rm=false --publish {LEFT}2/tcp --publish {LEFT}4/tcp image",
            "1:2/tcp 3:4/tcp",
        ),
        ("-p 9090 -p 8000-8010:8000-8010 -p [::1]:1:2 image", "-p 9090 -p 8000-8010:8000-8010 -p [::1]:1:2 image", ""),
        ("-P image", "-P image", ""),
        ("-p", "-p ", ""),
        ("", "", ""),
    ],
)
def test_ports_are_left_to_the_machine_and_what_was_asked_is_kept(line: str, left: str, asked: str) -> None:
    assert rewritten(line) == (left, asked)


def test_labels_come_first_and_ports_are_read_again() -> None:
    words = apart(["-p", "1:2", "-p", "3:4/udp", "image"], {"a": "b c"})
    assert words[:2] == ["--label", "a=b c"]
    assert [tuple(port) for port in read_ports(words[3].removeprefix(f"{PORTS}="))] == [(1, 2, "tcp"), (3, 4, "udp")]
    assert read_ports("nonsense 1:2:3") == []


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("-v /tmp/a:/b:ro image -v /tmp/x:/y", "--volume MOVED/a:/b:ro image -v /tmp/x:/y"),
        ("--volume=/tmp/a:/tmp/b image", "--volume MOVED/a:/tmp/b image"),
        ("-v name:/tmp -v /anonymous image", "-v name:/tmp -v /anonymous image"),
        ("--mount type=bind,source=/tmp/a,target=/tmp image", "--mount type=bind,source=MOVED/a,target=/tmp image"),
        ("--mount src=/tmp/a,dst=/b image", "--mount src=MOVED/a,dst=/b image"),
    ],
)
def test_folders_that_are_bound_are_the_jobs(line: str, left: str) -> None:
    assert " ".join(placed(line.split(), lambda path: path.replace("/tmp", "MOVED"))) == left


@pytest.mark.parametrize(
    ("line", "detached"),
    [
        ("-d image", True),
        ("-itd image", True),
        ("--detach --rm image", True),
        ("--detach=false image", False),
        ("-e -d image -d", False),
        ("image", False),
    ],
)
def test_a_command_that_leaves_its_container_is_known(line: str, detached: bool) -> None:
    assert is_detached(line.split()) is detached


@pytest.mark.parametrize(
    ("line", "on_host"),
    [
        ("--network host image", True),
        ("--net=host image", True),
        ("--network hosts image", False),
        ("image host", False),
    ],
)
def test_the_machines_own_network_is_known(line: str, on_host: bool) -> None:
    assert is_on_host(line.split()) is on_host
