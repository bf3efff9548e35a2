"""``sluice serve`` from words to an exit code: a socket, a token, the site, until a signal comes."""

from __future__ import annotations

import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from sluice.app.root import project_root
from sluice.app.runs.history import open_store
from sluice.repository.taking import name_repository
from sluice.source.errors import UnavailableError, UsageError

try:
    import uvicorn
    from starlette.types import ASGIApp
except ImportError as error:
    raise UnavailableError(
        f"the web page needs the library {error.name}, which is missing", hint="pip install 'sluice-ci[web]'"
    ) from error

from sluice.app.serving_web.gh_settings import way_for_gh
from sluice.app.serving_web.guard import Keys
from sluice.app.serving_web.opening import opened_browser
from sluice.app.serving_web.routes import make_app
from sluice.app.serving_web.site import Site
from sluice.app.serving_web.telling import telling

HOST = "127.0.0.1"
CLIENTS = 100
"""Connections at the same time; more are told to come again."""


def serve(port: int, *, show: bool) -> int:
    """Serve the repository around the working folder until SIGINT or SIGTERM. Raises ``UsageError``."""
    root = project_root()
    token = secrets.token_urlsafe(32)
    with open_store() as store, _listener(port) as listener, way_for_gh(token) as way:
        place = f"{HOST}:{listener.getsockname()[1]}"
        keys = Keys(token=token, hosts=(place, place.replace(HOST, "localhost")))
        site = Site(root, name_repository(root), store, f"http://{place}")
        address = f"http://{place}/?token={keys.token}"
        server = _server(make_app(site, keys))
        _heed_signals(site, server)
        _say(f"sluice: {site.repository} at {address}")
        _say(f"  gh here: GH_CONFIG_DIR={way.settings} GH_REPO={site.repository} gh run list")
        with telling(site), opened_browser(address) if show else nullcontext():
            server.run(sockets=[listener, way.listener])
    return 0


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except (OSError, OverflowError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"--port {port}: {told}", hint="without --port, a free one is taken") from error


def _server(app: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CLIENTS,
            timeout_graceful_shutdown=2,
        )
    )


def _heed_signals(site: Site, server: _Server) -> None:
    """From here on a signal ends the server in order, also before it serves."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - signal's own signature
        site.closing.set()
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


class _Server(uvicorn.Server):
    """A server whose signals are ours: its end is no failure."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
