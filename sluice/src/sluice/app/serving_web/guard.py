"""Who is let in. Every request passes here first: it names this very address, and brings the token.

The token comes once in the address, which puts it into a cookie that no script reads and that no other site can send;
or in ``Authorization``, as programs do. Rules: OWASP's cheat sheets on CSRF and on DNS rebinding (Host is checked).
"""

from __future__ import annotations

import hmac
import json
from contextlib import suppress
from urllib.parse import urlencode

from h11 import LocalProtocolError
from markupsafe import Markup
from msgspec import Struct
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD"})
_SCHEMES = ("bearer ", "token ")
_OF_GH = "api.github.com"
"""What ``gh`` says to the socket, whatever it leads to."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Keys(Struct, frozen=True, kw_only=True):
    """The token, and the addresses (``127.0.0.1:8080``) under which the page is there."""

    token: str
    hosts: tuple[str, ...]

    @property
    def cookie(self) -> str:
        """The cookie's name. Cookies know no ports, so that each server has a name of its own."""
        return f"sluice-{self.hosts[0].rpartition(':')[2]}"


class Guard:
    """ASGI around ASGI: refuses, signs in, and puts the headers that every answer has."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(Request(scope))
        with suppress(ClientDisconnect, LocalProtocolError):  # who has gone, or speaks no HTTP, can't be answered
            await (refusal or self._app)(scope, receive, answer)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to who isn't let in, or who has just signed in; ``None`` for everybody else."""
        if not self._names_us(request):
            return _refuse(request, 403, "This address is not served here.")
        if self._is_program(request.headers):
            return self._foreign_origin(request)
        if request.method == "GET" and "token" in request.query_params:
            return self._sign_in(request)
        if not self._is_known(request.cookies.get(self._keys.cookie, "")):
            return _refuse(request, 401, "Open the address that `sluice serve` printed: it has the token in it.")
        return self._foreign_origin(request) or self._foreign_site(request)

    def _names_us(self, request: Request) -> bool:
        host = request.headers.get("host", "").lower()
        return host in self._keys.hosts or (host == _OF_GH and _by_socket(request.scope))

    def _is_program(self, headers: Headers) -> bool:
        given = headers.get("authorization", "")
        return any(given.lower().startswith(one) and self._is_known(given[len(one) :].strip()) for one in _SCHEMES)

    def _is_known(self, token: str) -> bool:
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._keys.token.encode())

    def _foreign_origin(self, request: Request) -> Response | None:
        """A change asked for by a page must be asked for by ours; a program sends no origin."""
        origin = request.headers.get("origin")
        if origin is None:
            known = request.method in SAFE or self._is_program(request.headers)
        else:
            known = origin.removeprefix("http://") in self._keys.hosts and origin.startswith("http://")
        return None if known else _refuse(request, 403, "This request comes from another site.")

    def _foreign_site(self, request: Request) -> Response | None:
        """Browsers say who asks (Fetch Metadata): another site may lead here, it may not ask in the background."""
        site = request.headers.get("sec-fetch-site", "none")
        leads = request.method in SAFE and request.headers.get("sec-fetch-mode") == "navigate"
        return (
            None if site in {"same-origin", "none"} or leads else _refuse(request, 403, "Another site asks for this.")
        )

    def _sign_in(self, request: Request) -> Response:
        """Keep the token in a cookie, and go on without it in the address.

        It goes on by itself, not by a redirect: a browser that came from elsewhere sends no strict cookie with one.
        """
        if not self._is_known(request.query_params["token"]):
            return _refuse(request, 401, "The token is not this server's: each start has a new one.")
        rest = QueryParams([(name, value) for name, value in request.query_params.multi_items() if name != "token"])
        place = f"/{request.scope['path'].lstrip('/')}" + (f"?{urlencode(rest.multi_items())}" if rest else "")
        response = HTMLResponse(_GO_ON.format(place))
        response.set_cookie(self._keys.cookie, self._keys.token, path="/", httponly=True, samesite="strict")
        return response


def _by_socket(scope: Scope) -> bool:
    """Whether the request came by the Unix socket, which only its owner can open."""
    return not scope.get("client")


def _refuse(request: Request, status: int, message: str) -> Response:
    if request.scope["path"].startswith("/repos/") or "json" in request.headers.get("accept", ""):
        body = json.dumps(
            {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        )
        return Response(body, status, media_type="application/json")
    return PlainTextResponse(f"{message}\n", status)


_GO_ON = Markup(
    '<!doctype html><meta charset="utf-8"><title>sluice</title>'
    '<link rel="icon" href="data:,"><meta http-equiv="refresh" content="0;url={0}">'
    '<p><a href="{0}">Go on</a></p>'
)
