"""What files of Compose publish, and the file that leaves it to the machine."""

from __future__ import annotations

import pytest

from sluice.runners.container.by_steps.project_ports import file_text, may_publish, overrides, with_own_ports


def test_ports_are_left_to_the_machine_and_what_was_asked_is_kept() -> None:
    web = {"mode": "ingress", "target": 80, "published": "8080", "protocol": "tcp"}
    dns = {"target": 53, "published": "5353", "protocol": "udp", "host_ip": "127.0.0.1"}
    kept = [
        {"target": 81},
        {"target": 82, "published": "8000-8010"},
        {"target": 83, "published": "1", "host_ip": "::1"},
    ]
    config = {"services": {"web": {"ports": [web, dns, *kept]}, "db": {}, "any": {"ports": kept}}}
    given = [
        {"mode": "ingress", "target": 80, "protocol": "tcp", "host_ip": "127.0.0.1"},
        {"target": 53, "protocol": "udp", "host_ip": "127.0.0.1"},
        *kept,
    ]
    service = {"container_name": "a-1", "labels": {"sluice.ports": "8080:80/tcp 5353:53/udp"}, "ports": given}
    more = {"services": {"web": {"container_name": "a-1"}}, "networks": {"n": {"name": "n-1"}}}
    assert with_own_ports(more, config) == {"services": {"web": service}, "networks": {"n": {"name": "n-1"}}}
    assert with_own_ports({}, {}) == {}


def test_they_take_the_place_of_those_of_other_files() -> None:
    content = {"services": {"web": {"labels": {"a": '"ports": ['}, "ports": [{"target": 80}]}}}
    assert file_text(content) == (
        '{"services": {"web": {"labels": {"a": "\\"ports\\": ["}, "ports": !override [{"target": 80}]}}}'
    )


@pytest.mark.parametrize(
    ("version", "does"), [("2.24.4\n", True), ("v2.40.0", True), ("dev", True), ("2.24.3", False), ("2.5.0", False)]
)
def test_a_compose_that_can_not_replace_ports_gets_no_such_file(version: str, *, does: bool) -> None:
    assert overrides(version) is does


@pytest.mark.parametrize(
    ("line", "text", "may"),
    [
        ("up -d", "services:\n  web:\n    ports:\n      - 80:80\n", True),
        ("run --service-ports web", "services: {web: {ports: ['80:80']}}\n", True),
        ("up", "include: [other.yml]\n", True),
        ("ps", "services:\n  web:\n    ports: ['80:80']\n", False),
        ("up", "services:\n  web:\n    expose: ['80']\n", False),
        ("", "services: {web: {ports: ['80:80']}}\n", False),
    ],
)
def test_compose_is_asked_only_where_something_may_be_published(line: str, text: str, *, may: bool) -> None:
    assert may_publish(line.split(), ["", text]) is may
