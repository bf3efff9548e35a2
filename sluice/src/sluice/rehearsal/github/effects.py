"""What the run is told of a change: its kind, its target, its request in a line. Pure."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from sluice.github_api.calls import Call, RefusedError
from sluice.rehearsal.github.route import Route

_LONGEST_TEXT, _LONGEST_TARGET = 200, 120


class Effect(Struct, frozen=True, kw_only=True):
    """A change that was asked for."""

    kind: str
    target: str
    request: str


def effect_of(call: Call, route: Route | None, told: Mapping[str, str] | None = None) -> Effect:
    """The effect of a change; without a route it is a ``request`` that nothing here knows."""
    repository = "/".join(call.names[name] for name in ("owner", "repo") if name in call.names)
    if route is None:
        return Effect(kind="request", target=call.path, request=_request(call))
    what = _Words().vformat(route.target, (), {**call.query, **_body(call), **call.names, **(told or {})})
    return Effect(kind=route.kind, target=f"{repository} {_short(what)}".strip(), request=_request(call))


def push_effect(repository: str, ref: str, old: str, new: str) -> Effect:
    """A ref that ``git push`` made, moved or removed."""
    nothing = set("0")
    what = "deleted" if set(new) == nothing else new[:12] if set(old) == nothing else f"{old[:12]}..{new[:12]}"
    return Effect(kind="push", target=f"{repository} {ref}", request=f"git push {ref} {what}")


def _request(call: Call) -> str:
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    place = f"{call.method} {call.path}{'?' + query if query else ''}"
    body = _body(call)
    if body:
        return f"{place} {json.dumps(_shortened(body), ensure_ascii=False)}"
    if call.data:
        digest = hashlib.sha256(call.data).hexdigest()
        return f"{place} ({len(call.data)} bytes, sha256 {digest[:12]})"
    return place


def _body(call: Call) -> dict[str, Any]:
    if call.data[:1] != b"{" or call.path.endswith("/assets"):  # an asset may be JSON, and none of the request's
        return {}
    try:
        return call.body
    except RefusedError:
        return {}


def _shortened(value: Any) -> Any:  # noqa: ANN401 - JSON
    match value:
        case str() if len(value) > _LONGEST_TEXT:
            return f"{value[:_LONGEST_TEXT]}… ({len(value)} characters)"
        case dict():
            return {name: _shortened(inner) for name, inner in value.items()}
        case list():
            return [_shortened(inner) for inner in value]
        case _:
            return value


def _short(text: str) -> str:
    first = text.partition("\n")[0]
    return first if len(first) <= _LONGEST_TARGET else f"{first[: _LONGEST_TARGET - 1]}…"


class _Words(string.Formatter):
    """Names that the request doesn't have are left out."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ANN401, ARG002 - as the base has it
        return kwargs.get(key, "")
