import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from loka_stratum.protocol.messages import MalformedError, Message, decode, is_null, parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=20,
)


def taken(line: bytes) -> Message | None:
    try:
        return parse(line)
    except MalformedError:
        return None


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_malformed_and_nothing_else(line: bytes) -> None:
    taken(line)


@pytest.mark.slow
@given(JSON)
def test_any_json_is_a_message_or_malformed(value: object) -> None:
    message = taken(json.dumps(value).encode())
    assert message is None or isinstance(value, dict)


@given(st.integers() | st.text(max_size=8), st.text(max_size=20), st.lists(JSON, max_size=5))
def test_what_was_written_is_what_is_read(identifier: int | str, method: str, params: list[Any]) -> None:
    line = json.dumps({"id": identifier, "method": method, "params": params}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )
    message = taken(line)
    if message is None:
        assert len(json.dumps(identifier)) > 20 or "\\ud" in json.dumps([identifier, method, params])
        return
    assert json.loads(bytes(message.id)) == json.loads(line)["id"]
    assert message.method == json.loads(line)["method"]
    assert json.loads(bytes(message.params)) == json.loads(line)["params"]


@given(st.binary(max_size=60), st.integers(0, 60))
def test_a_real_line_with_bytes_broken_in_it_is_never_an_accident(noise: bytes, place: int) -> None:
    line = b'{"id": 4, "method": "mining.submit", "params": ["a.b", "bf", "01", "50", "b2"]}'
    message = taken(line[:place] + noise + line[place + len(noise) :])
    if message is not None and message.method == "mining.submit":
        try:
            decode(message.params, list[str])
        except MalformedError:
            return


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "it is not JSON"),
        (b"[1]", "Expected `object`, got `array`"),
        (b'{"id":1,"method":5}', "Expected `str | null`, got `int` - at `$.method`"),
        (b'{"id":[1]}', "the id is not a number, a short string or null"),
        (b'{"id":"' + b"x" * 100 + b'"}', "the id is not a number, a short string or null"),
        (b'{"id":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "it is nested too deeply"),
        (b'{"id":1,"params":["\xff"]}', "the line is not UTF-8"),
    ],
)
def test_a_malformed_line_says_why(line: bytes, why: str) -> None:
    with pytest.raises(MalformedError) as raised:
        parse(line)
    assert str(raised.value) == why


def test_absent_null_and_false_are_no_error() -> None:
    assert [is_null(Raw(text)) for text in (b"", b"null", b"false", b"[]", b"0")] == [True, True, True, False, False]
