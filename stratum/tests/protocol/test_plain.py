"""What is read in one go is what the full parser reads: over lines as they are, and over lines that are broken."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loka_stratum.protocol.messages import MalformedError, parse
from loka_stratum.protocol.plain import plain_acceptance, plain_submission, share_params
from loka_stratum.protocol.replies import raw_or_null
from loka_stratum.protocol.verdicts import judge
from loka_stratum.shares import Verdict

SUBMISSION = b'{"id": 4, "method": "mining.submit", "params": ["a.b", "bf", "01", "50", "b2"]}'
ACCEPTANCE = b'{"id":4,"result":true,"error":null}'
LARGEST = b"9" * 60

IDS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70) | st.lists(st.none(), max_size=1)
TEXTS = st.sampled_from(["a.b", "bf", "01", "", "j" * 128, "j" * 129, "ü", "\0", "\ud800", "\\", '"'])
NAMES = st.sampled_from(
    ["id", "method", "params", "result", "error", "reject-reason", "jsonrpc", "m\u0065thod", "ID", "mining.submit"]
)
VALUES = st.one_of(
    IDS,
    st.sampled_from(["mining.submit", "mining.notify", "12", True, False, None, 0.0, 1.0, 2**63, 10**400, -1]),
    st.lists(TEXTS | st.none() | st.integers(), max_size=7),
    st.lists(TEXTS, min_size=5, max_size=6),
    st.integers(1, 40).map(lambda depth: json.loads("[" * depth + "]" * depth)),
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """Objects of such members in any order, some twice, with spaces and escapes or without; some of them broken."""
    pairs: list[tuple[str, Any]] = draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))
    usual: list[tuple[str, Any]] = draw(
        st.sampled_from(
            [
                [],
                [("id", 4), ("method", "mining.submit"), ("params", ["a.b", "bf", "01", "50", "b2"])],
                [("id", 4), ("result", True), ("error", None)],
            ]
        )
    )
    between, colon = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :  ")]))
    dumps = json.JSONEncoder(ensure_ascii=draw(st.booleans())).encode
    members = draw(st.permutations([*usual, *pairs]))
    text = "{" + between.join(f"{dumps(name)}{colon}{dumps(value)}" for name, value in members) + "}"
    return _broken(draw, text.encode("utf-8", "surrogatepass"))


def _broken(draw: st.DrawFn, line: bytes) -> bytes:
    if draw(st.booleans()):
        return line
    place, noise = draw(st.integers(0, len(line))), draw(st.binary(max_size=3))
    return line[:place] + noise + line[place + draw(st.integers(0, 3)) :]


def fully_submitted(line: bytes) -> tuple[bytes, list[str]] | None:
    try:
        message = parse(line)
        return (raw_or_null(message.id), share_params(message)) if message.method == "mining.submit" else None
    except MalformedError:
        return None


def fully_accepted(line: bytes) -> int | None:
    """The id that a plain yes is for, as the full parser has it."""
    try:
        message = parse(line)
        identifier = int(bytes(message.id))
    except (MalformedError, ValueError):
        return None
    plain = message.method is None and not len(message.reject_reason)
    return identifier if plain and judge(message)[0] is Verdict.ACCEPTED else None


@given(lines() | st.binary(max_size=120))
@example(SUBMISSION)
@example(SUBMISSION.replace(b"4", LARGEST))
@example(SUBMISSION.replace(b"4", b"4" * 65))
@example(SUBMISSION.replace(b"4", b"[4]"))
@example(SUBMISSION.replace(b"4", b'{"a":4}'))
@example(SUBMISSION.replace(b'"id": 4, ', b""))
@example(SUBMISSION.replace(b'"id"', b'"x":"\xff","id"'))
@example(SUBMISSION.replace(b"4", b"[" * 50_000))
@example(SUBMISSION.replace(b"4", b"[" * 50_000 + b"]" * 50_000))
@example(SUBMISSION.replace(b"01", b"\x00"))
def test_a_plain_share_is_what_the_full_parser_reads(line: bytes) -> None:
    found = plain_submission(line)
    assert found is None or found == fully_submitted(line)


@given(lines() | st.binary(max_size=120))
@example(ACCEPTANCE)
@example(ACCEPTANCE.replace(b"4", LARGEST))
@example(ACCEPTANCE.replace(b"4", b"-0"))
@example(ACCEPTANCE.replace(b"4", b"4.0"))
@example(ACCEPTANCE.replace(b"4", b'"4"'))
@example(ACCEPTANCE.replace(b"true", b"false"))
@example(ACCEPTANCE.replace(b"null", b'null,"reject-reason":"no"'))
@example(ACCEPTANCE.replace(b"null", b'null,"method":"mining.notify"'))
@example(ACCEPTANCE.replace(b'"id":4,', b""))
@example(ACCEPTANCE.replace(b"4", b"[" * 50_000))
def test_a_plain_yes_is_what_the_full_parser_reads(line: bytes) -> None:
    found = plain_acceptance(line)
    assert found is None or found == fully_accepted(line)


@pytest.mark.parametrize(
    "line",
    [
        SUBMISSION,
        SUBMISSION.replace(b" ", b""),
        b'{"params":["farm.rig7","j1","0000002a","65000001","0000abcd"],"id":42,"method":"mining.submit"}',
        b'{"jsonrpc":"2.0","id":"x","method":"mining.submit","params":["a","b","c","d","e","20000000"]}',
        b'{"id":null,"method":"mining.submit","params":["a\\u0041","b","c","d","e"],"result":null}',
    ],
)
def test_shares_as_miners_write_them_are_plain(line: bytes) -> None:
    found = plain_submission(line)
    assert found is not None
    assert found == fully_submitted(line)


@pytest.mark.parametrize(
    "line",
    [
        ACCEPTANCE,
        b'{"error": null, "id": 4, "result": true}',
        b'{"result":true,"id":4}',
        b'{ "id" : 4 , "error":null,"result":true } ',
    ],
)
def test_a_yes_as_pools_write_it_is_plain(line: bytes) -> None:
    assert plain_acceptance(line) == fully_accepted(line) == 4


@pytest.mark.parametrize(
    "params", [["a", "b", "c", "d"], ["a", "", "c", "d", "e"], ["a", "j" * 129, "c", "d", "e"], ["a", "b", "c", "d", 5]]
)
def test_a_share_that_lacks_something_is_not_plain_and_malformed(params: list[object]) -> None:
    line = json.dumps({"id": 1, "method": "mining.submit", "params": params}).encode()
    assert plain_submission(line) is None
    with pytest.raises(MalformedError):
        share_params(parse(line))
