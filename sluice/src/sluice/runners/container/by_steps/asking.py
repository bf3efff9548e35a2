"""What stands before ``docker`` in a job asks who knows what is the job's, by the abstract name of the job's socket."""

from __future__ import annotations

import json
import socket
import sys
from http.client import HTTPConnection, HTTPException
from typing import Any

TEMPORARY = "/tmp"  # noqa: S108  # nosec B108 - the job's
_SECONDS = 150  # what answers asks the engine, which has 120


class _Connection(HTTPConnection):
    """HTTP by an abstract name."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(f"\0{self.host}")


def ask(name: str, what: str, **values: object) -> dict[str, Any]:
    """What Sluice says; its problems go to the error output."""
    known: dict[str, Any] = {
        "labels": {},
        "apart": False,
        "alone": False,
        "names": {},
        "identities": {},
        "places": {},
        "others": [],
        "shown": [],
        "project": "",
        "said": [],
        "temporary": TEMPORARY,
        "kept": [],
    }
    connection = _Connection(name)
    try:
        connection.request("POST", f"/{what}", json.dumps(values))
        known |= json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        pass
    finally:
        connection.close()
    for line in known["said"]:
        sys.stderr.write(f"Sluice: {line}\n")
    return known
