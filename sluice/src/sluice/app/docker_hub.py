"""A page on Docker Hub, rehearsed: the client tells a stand-in on loopback, and the request is an effect of the run."""

from __future__ import annotations

import json

from sluice.app.effects import Effect, note_effect
from sluice.github.dockerhub import HUB, Account, sync_readme
from sluice.rehearsal.docker_hub import Change, serve_docker_hub


def rehearse_readme(repository: str, readme: str, short: str = "") -> Effect:
    """What would be told to Docker Hub. Raises ``UnavailableError`` for what it would refuse."""
    changes: list[Change] = []
    with serve_docker_hub(changes) as address:
        account = Account(name="you", password="none", hub=address, auth=address, registry=address)  # noqa: S106
        sync_readme(account, repository, readme, short)
    ((path, body),) = changes
    request = f"PATCH {HUB}{path} {json.dumps(body, ensure_ascii=False)}"
    note_effect("readme", repository, request)
    return Effect(kind="readme", target=repository, request=request)
