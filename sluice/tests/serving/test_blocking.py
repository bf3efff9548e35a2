from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response, json_response


def echo(asked: Asked) -> Response:
    told = [asked.method, asked.path, asked.headers.get("x-word"), asked.document]
    return json_response(told, 201)


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    with answering(echo) as address:
        found = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
        yield found
        found.close()


@pytest.mark.parametrize(
    ("body", "document"), [(b'{"a": 1}', b'{"a": 1}'), (b"", b"null"), (b"{", b"null"), (b"\xff", b"null")]
)
def test_a_function_gets_the_whole_request_and_its_answer_is_sent(
    connection: http.client.HTTPConnection, body: bytes, document: bytes
) -> None:
    for method in ("POST", "DELETE"):  # the second on the same connection
        connection.request(method, "/a?b=c", body, {"X-Word": "w"})
        response = connection.getresponse()
        told = response.read()
        assert (response.status, response.headers["Content-Type"]) == (201, "application/json")
        assert told == b'["' + method.encode() + b'", "/a?b=c", "w", ' + document + b"]"


def test_the_answer_to_head_has_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/")
    response = connection.getresponse()
    assert (response.read(), int(response.headers["Content-Length"]) > 0) == (b"", True)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b'["GET", "/", null, null]'


def test_nobody_answers_once_it_is_over() -> None:
    with answering(echo) as address:
        pass
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(urlsplit(address).netloc, timeout=10).request("GET", "/")
