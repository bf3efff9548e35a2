"""Who is let in, and who isn't: the token, the address, the origin."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest
from h11 import LocalProtocolError
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from web_client import HOST, TOKEN, Client

from sluice.app.serving_web.guard import POLICY, Guard, Keys

PATHS = ("/", "/events", "/measures", "/assets/web.css", "/runs/20260101-000000-abcd", "/workflows/ci.yml", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cookie", ["", "sluice-8931=wrong", f"sluice-9999={TOKEN}", "sluice-8931=é"])
def test_without_the_token_there_is_nothing(client: Client, path: str, cookie: str) -> None:
    answer = replace(client, cookie=cookie).get(path)
    assert answer.status == 401
    assert "sluice serve" in answer.text


def test_with_it_there_is_the_page(client: Client) -> None:
    answer = client.get("/")
    assert answer.status == 200
    assert "octo/app" in answer.text


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{8931}", "127.0.0.1", "127.0.0.1:8932", ""])
def test_another_name_for_this_address_is_refused(client: Client, host: str) -> None:
    assert replace(client, host=host).get("/").status == 403
    assert replace(client, host=host, cookie="").get(f"/?token={TOKEN}").status == 403


@pytest.mark.parametrize("error", [ClientDisconnect(), LocalProtocolError("can't handle event type Response")])
def test_who_has_gone_or_speaks_no_http_leaves_no_trace(error: Exception) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - ASGI's signature
        raise error

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        assert not message

    headers = [(b"host", HOST.encode()), (b"authorization", f"token {TOKEN}".encode())]
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    anyio.run(Guard(app, Keys(token=TOKEN, hosts=(HOST,))), scope, receive, send)


def test_localhost_is_a_name_of_it(client: Client) -> None:
    assert replace(client, host="localhost:8931").get("/").status == 200


def test_the_token_goes_from_the_address_into_a_cookie(client: Client) -> None:
    answer = replace(client, cookie="").get(f"/runs?limit=3&token={TOKEN}")
    assert answer.status == 200
    assert "url=/runs?limit=3" in answer.text
    assert TOKEN not in answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"sluice-8931={TOKEN};")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))


def test_it_never_leads_elsewhere(client: Client) -> None:
    assert "url=/evil.example/" in replace(client, cookie="").get(f"//evil.example/?token={TOKEN}").text


def test_a_wrong_token_in_the_address_sets_no_cookie(client: Client) -> None:
    answer = replace(client, cookie="").get("/?token=wrong")
    assert answer.status == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8931", "http://127.0.0.1:9999"])
def test_another_site_changes_nothing(client: Client, origin: str) -> None:
    for path in ("/runs/20260101-000000-abcd/cancel", "/workflows/ci.yml/start"):
        assert client.post(path, {}, origin=origin).status == 403
        assert client.post(path, {}, origin=origin, authorization=f"Bearer {TOKEN}").status == 403


def test_a_change_without_an_origin_is_a_programs(client: Client) -> None:
    path = "/runs/20260101-000000-abcd/cancel"
    assert client.send("POST", path).status == 403
    assert client.send("POST", path, authorization=f"Bearer {TOKEN}").status == 404, "let in: there is no such run"


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer"])
def test_a_program_brings_the_token_in_its_header(client: Client, scheme: str) -> None:
    assert replace(client, cookie="").get("/", authorization=f"{scheme} {TOKEN}").status == 200
    assert replace(client, cookie="").get("/", authorization=f"{scheme} wrong").status == 401
    assert replace(client, cookie="").get("/", authorization=TOKEN).status == 401


def test_another_site_leads_here_and_asks_nothing(client: Client) -> None:
    for site in ("cross-site", "same-site"):
        assert client.get("/events", sec_fetch_site=site, sec_fetch_mode="cors").status == 403
        assert client.get("/", sec_fetch_site=site, sec_fetch_mode="navigate").status == 200
    assert client.get("/", sec_fetch_site="same-origin", sec_fetch_mode="cors").status == 200


def test_the_name_of_github_holds_at_the_socket_alone(client: Client) -> None:
    named = replace(client, host="api.github.com", cookie="")
    assert named.get("/", authorization=f"token {TOKEN}").status == 403
    assert replace(named, client=None).get("/", authorization=f"token {TOKEN}").status == 200
    assert replace(named, client=None).get("/").status == 401


def test_every_answer_is_told_how_strict_a_browser_has_to_be(client: Client) -> None:
    for answer in (client.get("/"), client.get("/nowhere"), replace(client, cookie="").get("/")):
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
    script = POLICY.split("script-src ")[1].split(";")[0]
    assert script == "'self'", "no script but the site's own files"


def test_a_refusal_is_json_where_json_is_asked_for(client: Client) -> None:
    answer = replace(client, cookie="").get("/repos/octo/app/actions/runs")
    assert (answer.status, answer.json["status"]) == (401, "401")
    assert HOST not in answer.text
