"""PROXY headers as balancers send them, for tests; and whom a proxy takes its miners for."""

import ipaddress

from proxies import Stand

from loka_stratum.protocol.proxy_header import SIGNATURE

FROM_HERE = {"proxy_header_from": (ipaddress.ip_network("127.0.0.0/8"),)}
FROM_ELSEWHERE = {"proxy_header_from": (ipaddress.ip_network("192.0.2.0/24"),)}


def line(address: str) -> bytes:
    return f"PROXY TCP4 {address} 198.51.100.1 40000 3333\r\n".encode()


def block(address: str) -> bytes:
    addresses = ipaddress.ip_address(address).packed + ipaddress.ip_address("198.51.100.1").packed
    return SIGNATURE + b"\x21\x11\x00\x0c" + addresses + b"\x9c\x40\x0d\x05"


def addresses(stand: Stand) -> set[str]:
    return {session.miner.address for session in stand.proxy.house.sessions}
