"""Docker Hub: a repository's description and README, and how much is left of the pull allowance.

Facts of docs.docker.com: ``POST /v2/auth/token`` gives a token for a name and a password or access token; a
repository's texts are changed by ``PATCH /v2/repositories/NAME/``; usage is in the headers of the manifest of
``ratelimitpreview/test``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from sluice.source.errors import UnavailableError
from sluice.source.numbers import whole_number

if TYPE_CHECKING:
    import requests

HUB, AUTH, REGISTRY = "https://hub.docker.com", "https://auth.docker.io", "https://registry-1.docker.io"
_SECONDS = 30
_SHORT_LIMIT, _FULL_LIMIT = 100, 25_000
_PREVIEW = "ratelimitpreview/test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A name and its password or access token, and where the services are."""

    name: str
    password: str = field(repr=False)
    hub: str = HUB
    auth: str = AUTH
    registry: str = REGISTRY


class Usage(Struct, frozen=True, kw_only=True):
    """Pulls that are allowed and left in a window of ``seconds``; ``None`` where the account has no limit."""

    limit: int | None
    remaining: int | None
    seconds: int | None


def sync_readme(account: Account, repository: str, readme: str, short: str = "") -> None:
    """Make the repository's page say ``readme``; too long ones are cut. Raises ``UnavailableError``."""
    session = _session()
    answer = _ask(
        session, "POST", f"{account.hub}/v2/auth/token", json={"identifier": account.name, "secret": account.password}
    )
    token = answer.json()["access_token"]
    path = f"{account.hub}{page_path(repository)}"
    _ask(session, "PATCH", path, json=page_body(readme, short), headers={"Authorization": f"Bearer {token}"})


def page_path(repository: str) -> str:
    """Where a repository's texts are changed."""
    return f"/v2/repositories/{repository}/"


def page_body(readme: str, short: str = "") -> dict[str, str]:
    """What is sent there."""
    return {
        "full_description": _cut(readme, _FULL_LIMIT),
        **({"description": _cut(short, _SHORT_LIMIT)} if short else {}),
    }


def read_usage(account: Account) -> Usage:
    """What is left of the pulls. Asking counts as none. Raises ``UnavailableError``."""
    session = _session()
    scope = f"{account.auth}/token?service=registry.docker.io&scope=repository:{_PREVIEW}:pull"
    token = _ask(session, "GET", scope, auth=(account.name, account.password)).json()["token"]
    path = f"{account.registry}/v2/{_PREVIEW}/manifests/latest"
    headers = _ask(session, "HEAD", path, headers={"Authorization": f"Bearer {token}"}).headers
    limit, seconds = _window(headers.get("ratelimit-limit", ""))
    remaining, _ = _window(headers.get("ratelimit-remaining", ""))
    return Usage(limit=limit, remaining=remaining, seconds=seconds)


def _session() -> requests.Session:
    try:
        import requests  # noqa: PLC0415 (for those who publish)
        from urllib3.util import Retry  # noqa: PLC0415
    except ImportError as error:
        raise UnavailableError("requests is not installed", hint="pip install 'sluice-ci[github]'") from error
    retry = Retry(total=4, backoff_factor=0.2, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=None)
    session = requests.Session()
    for start in ("http://", "https://"):
        session.mount(start, requests.adapters.HTTPAdapter(max_retries=retry))
    return session


def _ask(session: requests.Session, method: str, address: str, **how: Any) -> requests.Response:  # noqa: ANN401 - as requests has it
    import requests  # noqa: PLC0415 (loaded by now)

    try:
        answer = session.request(method, address, timeout=_SECONDS, **how)
    except requests.exceptions.RequestException as error:
        raise UnavailableError(f"Docker Hub can't be asked: {error}") from error
    if not answer.ok:
        raise UnavailableError(f"Docker Hub refused {method} {address}: {answer.status_code} {answer.reason}")
    return answer


def _window(header: str) -> tuple[int | None, int | None]:
    """``100;w=21600``."""
    count, _, window = header.partition(";w=")
    return whole_number(count), whole_number(window)


def _cut(text: str, most: int) -> str:
    return text if len(text.encode()) <= most else text.encode()[: most - 3].decode(errors="ignore") + "…"
