"""The PROXY header, as its specification writes it, and whatever else may come in its place."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loka_stratum.protocol.proxy_header import SIGNATURE, Announced, HeaderError, looks_like_header, read_header


def block(command: int, family: int, addresses: bytes, *, length: int | None = None) -> bytes:
    size = len(addresses) if length is None else length
    return SIGNATURE + bytes([command, family]) + size.to_bytes(2, "big") + addresses


def packed(*texts: str) -> bytes:
    return b"".join(ipaddress.ip_address(text).packed for text in texts) + b"\x9c\x40\x0d\x05"


IPV4 = packed("203.0.113.7", "198.51.100.1")
WHOLE = [
    (b"PROXY TCP4 203.0.113.7 198.51.100.1 40000 3333\r\n", "203.0.113.7"),
    (b"PROXY TCP6 2001:db8::7 2001:db8::1 40000 3333\r\n", "2001:db8::7"),
    (b"PROXY UNKNOWN\r\n", None),
    (b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", None),
    (block(0x21, 0x11, IPV4), "203.0.113.7"),
    (block(0x21, 0x21, packed("2001:db8::7", "2001:db8::1")), "2001:db8::7"),
    (block(0x21, 0x11, IPV4 + b"\x04\x00\x02xx"), "203.0.113.7"),
    (block(0x21, 0x31, bytes(216)), None),
    (block(0x20, 0x00, b""), None),
    (block(0x20, 0x11, IPV4), None),
    (block(0x21, 0x00, b""), None),
]


@pytest.mark.parametrize(("header", "address"), WHOLE)
def test_a_header_names_where_the_connection_comes_from(header: bytes, address: str | None) -> None:
    assert read_header(header + b'{"id":1}\n') == Announced(address, b'{"id":1}\n')
    assert looks_like_header(header)
    for cut in range(len(header)):
        assert read_header(header[:cut]) is None, "it is not whole yet"


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b'{"id":1', "it does not begin with a PROXY header"),
        (b"GET / HTTP/1.1\r\n", "it does not begin with a PROXY header"),
        (b"\r\n\r\n{}", "it does not begin with a PROXY header"),
        (b"PROXY TCP4 203.0.113.7\r\n", "the PROXY line is not PROXY TCP4|TCP6, two addresses and two ports"),
        (b"PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "the PROXY line is not PROXY TCP4|TCP6, two addresses and two ports"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "the PROXY line is not PROXY TCP4|TCP6, two addresses and two ports"),
        (b"PROXY TCP4 1.2.3.999 1.2.3.4 1 2\r\n", "an address of the PROXY line can't be read"),
        (b"PROXY TCP4 \xff.2.3.4 1.2.3.4 1 2\r\n", "an address of the PROXY line can't be read"),
        (b"PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n", "an address of the PROXY line is of another family"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "a port of the PROXY line is above 65535"),
        (b"PROXY TCP4 " + b"1" * 200, "the PROXY line is longer than 107 bytes"),
        (block(0x11, 0x11, IPV4), "version and command of the PROXY header are 0x11, not 0x20 or 0x21"),
        (block(0x22, 0x11, IPV4), "version and command of the PROXY header are 0x22, not 0x20 or 0x21"),
        (block(0x21, 0x13, IPV4), "the PROXY header's family 0x13 is not known"),
        (block(0x21, 0x41, bytes(300)), "the PROXY header's family 0x41 is not known"),
        (block(0x21, 0x11, b"1234567"), "the PROXY header is too short for its addresses"),
        (block(0x21, 0x11, b"", length=5000), "the PROXY header announces 5000 bytes, more than 4096"),
    ],
)
def test_what_is_no_header_is_refused_with_words(head: bytes, why: str) -> None:
    with pytest.raises(HeaderError) as raised:
        read_header(head)
    assert str(raised.value) == why


@given(st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11"]), st.binary(max_size=300))
def test_no_bytes_give_anything_but_an_address_or_a_refusal(start: bytes, rest: bytes) -> None:
    try:
        found = read_header(start + rest)
    except HeaderError:
        return
    if found is not None and found.address is not None:
        ipaddress.ip_address(found.address)
