"""The OSV service's two questions (https://google.github.io/osv.dev/api/): asked over HTTP, and answered on
loopback out of a local database.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sluice.audit.advisories.database import AdvisoryDatabase
from sluice.evidence.advisories import Advisories, read_advisories
from sluice.serving.blocking import Asked, answering
from sluice.serving.messages import Response, json_response

_LARGEST = 16 * 1024 * 1024
_SECONDS = 20


def ask_about(address: str, ids: Iterable[str]) -> Advisories:
    """What the service at ``address`` says of these advisories; one that it can't be asked about stays unrated."""
    return read_advisories(record for name in dict.fromkeys(ids) if (record := _record(address, name)) is not None)


def _record(address: str, name: str) -> object | None:
    if not address.startswith(("http://", "https://")):
        return None
    try:
        with urllib.request.urlopen(f"{address}/v1/vulns/{quote(name)}", timeout=_SECONDS) as answer:  # noqa: S310  # nosec B310 - the scheme was looked at
            return json.loads(answer.read(_LARGEST))  # type: ignore[no-any-return]
    except (OSError, ValueError):
        return None


@contextmanager
def serve(database: AdvisoryDatabase) -> Iterator[str]:
    """The address of a service over ``database`` that ends with the block."""
    with answering(lambda asked: _answer(database, asked)) as address:
        yield address


def _answer(database: AdvisoryDatabase, asked: Asked) -> Response:
    """``POST /v1/query``: a package's version in, its advisories out. ``GET /v1/vulns/ID``: an advisory."""
    if asked.method == "POST":
        return _query(database, asked.document)
    record = database.record(Path(asked.path).name) if asked.method == "GET" else None
    return json_response({"message": "no such advisory"}, 404) if record is None else json_response(record)


def _query(database: AdvisoryDatabase, query: Any) -> Response:  # noqa: ANN401 - JSON
    try:
        package = query["package"]
        found = database.query(package["name"], query["version"], package.get("ecosystem", "PyPI"))
    except (ValueError, KeyError, TypeError):
        return json_response({"message": "not a query"}, 400)
    return json_response({"vulns": found} if found else {})
