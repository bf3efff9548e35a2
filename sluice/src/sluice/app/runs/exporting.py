"""``sluice metrics``: the page once, or served until a signal."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from types import ModuleType

from sluice.app.runs.history import current_root, open_store
from sluice.source.errors import UnavailableError, UsageError


def print_metrics(*, everything: bool) -> str:
    """The page as it stands."""
    _library()
    from sluice.app.runs.watching import Watch
    from sluice.views.metrics.page import render

    with open_store() as store:
        return render(Watch(store, None if everything else current_root()).known())


def serve_metrics(host: str, port: int, *, everything: bool) -> int:
    """Answer until SIGINT or SIGTERM. Raises ``UsageError`` when the port can't be had."""
    library = _library()
    from sluice.app.runs.watching import Watch
    from sluice.views.metrics.page import Known, registry_of

    with open_store() as store:
        watch, lock = Watch(store, None if everything else current_root()), threading.Lock()

        def ask() -> Known:
            with lock:
                return watch.known()

        try:
            server, thread = library.start_http_server(port, host, registry=registry_of(ask))
        except OSError as error:
            raise UsageError(f"--listen {host}:{port}: {error.strerror}", hint="name another port") from error
        sys.stderr.write(f"sluice: metrics at http://{host}:{server.server_port}/metrics\n")
        sys.stderr.flush()
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        server.shutdown()
        server.server_close()
        thread.join()
    return 0


def _library() -> ModuleType:
    try:
        return importlib.import_module("prometheus_client")
    except ImportError as error:
        hint = "pip install 'sluice-ci[metrics]'"
        raise UnavailableError("metrics need the library prometheus_client, which is missing", hint=hint) from error
