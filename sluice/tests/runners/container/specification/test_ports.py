from __future__ import annotations

import pytest

from sluice.runners.container.specification.ports import PortMapping, parse_ports
from sluice.source.errors import UsageError


@pytest.mark.parametrize(
    ("text", "mappings"),
    [
        ("5432:5432", [PortMapping(container=5432, host=5432)]),
        ("5432", [PortMapping(container=5432)]),
        ("0:5432", [PortMapping(container=5432)]),
        (":5432", [PortMapping(container=5432)]),
        ("53:53/udp", [PortMapping(container=53, host=53, protocol="udp")]),
        ("53/UDP", [PortMapping(container=53, protocol="udp")]),
        ("127.0.0.1:8080:80", [PortMapping(container=80, host=8080, address="127.0.0.1")]),
        ("127.0.0.1::80", [PortMapping(container=80, address="127.0.0.1")]),
        ("[::1]:8080:80", [PortMapping(container=80, host=8080, address="::1")]),
        ("7000-7001:8000-8001", [PortMapping(container=8000, host=7000), PortMapping(container=8001, host=7001)]),
        ("8000-8001", [PortMapping(container=8000), PortMapping(container=8001)]),
    ],
)
def test_a_mapping_is_read_as_docker_reads_it(text: str, mappings: list[PortMapping]) -> None:
    assert parse_ports([text]) == tuple(mappings)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected [address:][host port:]container port[/protocol]"),
        ("a:b", "expected [address:][host port:]container port[/protocol]"),
        ("80/icmp", "'icmp' is no protocol; expected one of tcp, udp, sctp"),
        ("70000", "port 70000 is out of range; expected 1 to 65535"),
        ("9-8", "the range 9-8 ends before it begins"),
        ("1-2-3", "'1-2-3' is no port; expected a number or a range as 7000-7002"),
        ("1-:2", "'1-' is no port; expected a number or a range as 7000-7002"),
        ("7000-7001:8000-8002", "its ranges have 2 and 3 ports; expected equally many"),
    ],
)
def test_a_wrong_mapping_names_what_is_allowed(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ports([text])
    assert caught.value.message == f"'{text}' is no port mapping: {reason}"


def test_a_port_of_the_host_is_mapped_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_ports(["7070:80", "7069-7071:79-81"])
    assert caught.value.message == "port 7070/tcp of the host is mapped more than once"
    assert len(parse_ports(["80", "80", "7070:80", "7070:80/udp", "127.0.0.2:7070:80"])) == 5
