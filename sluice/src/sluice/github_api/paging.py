"""Pages of lists, as GitHub has them (docs.github.com/rest: using pagination in the REST API)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from sluice.github_api.calls import Call, Facts, Reply
from sluice.source.numbers import whole_number

_PAGE, _LARGEST_PAGE = 30, 100


def page_of(call: Call, reply: Reply) -> Reply:
    """One page of a list, with the addresses of the others."""
    if not isinstance(reply.body, list):
        return reply
    size = _asked(call, "per_page", _PAGE, _LARGEST_PAGE)
    number, last = _asked(call, "page", 1), max(1, -(-len(reply.body) // size))
    links = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    left_out = {"prev", "first"} if number == 1 else set()
    left_out |= {"next", "last"} if number >= last else set()
    shown = [f'<{_address(call, page)}>; rel="{name}"' for name, page in links.items() if name not in left_out]
    body = reply.body[(number - 1) * size : number * size]
    return Reply(
        status=reply.status, body=body, headers={**reply.headers, **({"Link": ", ".join(shown)} if shown else {})}
    )


def listed(call: Call, name: str, found: Sequence[Facts]) -> Reply:
    """One page of a list under its name, with how many there are."""
    shown = page_of(call, Reply(body=list(found)))
    return Reply(body={"total_count": len(found), name: shown.body}, headers=shown.headers)


def _asked(call: Call, name: str, default: int, most: int | None = None) -> int:
    number = whole_number(call.query.get(name, "")) or default
    return number if most is None else min(number, most)


def _address(call: Call, page: int) -> str:
    query = {**call.query, "page": str(page)}
    return f"{call.api}{call.path}?" + "&".join(f"{quote(key)}={quote(value)}" for key, value in query.items())
