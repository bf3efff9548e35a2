"""``sluice deploy`` in a job that publishes: somebody outside of it deploys, and this tells how it goes."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from sluice.app.deploying.orders import Order
from sluice.app.deploying.references import find_release
from sluice.app.deploying.rehearsing import note_deployment
from sluice.app.deploying.secrets import given_secrets
from sluice.app.deploying.site import find_policy
from sluice.app.effects import PUBLISHES, rehearses
from sluice.app.settings import load_settings
from sluice.engine.deploying import ADDRESS, TOKEN
from sluice.source.errors import UnavailableError, UsageError

_PAUSE = 0.2
_SECONDS = 30


def hands_over() -> bool:
    """Whether this is a job of ``sluice run --publish``."""
    return os.environ.get(PUBLISHES) == "true"


def refuse_in_jobs(what: str) -> None:
    """Raise ``UnavailableError`` in a job of a run: a deployment is rehearsed there or handed over, this would be real,
    and of the environments in the job's own home.
    """
    if rehearses() or hands_over():
        raise UnavailableError(
            f"`sluice deploy {what}` is not for a job of a run, which can only deploy",
            hint="call it where the environment is, outside of the run; to deploy an older commit, name it",
        )


def hand_over(root: Path, name: str, order: Order) -> int:
    """Deploy outside; the exit code. Raises ``UnavailableError`` for a job without an environment, and ``UsageError``
    for what is refused.
    """
    policy = find_policy(load_settings(root), name)
    if not os.environ.get(ADDRESS):
        raise UnavailableError(
            "nobody deploys for this job: only a job that has the environment may deploy to it",
            hint=f"the job needs `environment: {name}`",
        )
    release = find_release(root, order.ref)
    wanted = {
        "environment": name,
        "commit": release.commit,
        "secrets": given_secrets(policy, order.secrets),
        "why": order.why,
    }
    number = _ask("POST", "", wanted)["id"]
    try:
        code = _follow(number)
    except KeyboardInterrupt:
        _ask("POST", f"/{number}/stop")
        _follow(number)
        raise
    note_deployment(policy, f"sluice deploy {name} {release.version}: {'finished' if code == 0 else 'failed'}")
    return code


def _follow(number: int) -> int:
    """Print what is told until it is over."""
    size = 0
    while True:
        told = _ask("GET", f"/{number}?after={size}")
        sys.stderr.write(told["text"])
        sys.stderr.flush()
        size = told["size"]
        if told["code"] is not None:
            return int(told["code"])
        time.sleep(_PAUSE)


def _ask(method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
    request = urllib.request.Request(  # noqa: S310 - the address is the run's own
        f"{os.environ[ADDRESS]}/deployments{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {os.environ.get(TOKEN, '')}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise UsageError(json.load(error).get("error", str(error))) from error
    except OSError as error:
        raise UnavailableError(f"who deploys for this job can't be reached: {error}") from error
