"""A real browser in tests: Chromium, driven through a pipe (https://chromedevtools.github.io/devtools-protocol/)."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-pipe",
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
)

PLACE = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""The browser reads its descriptor 3 and writes to 4."""
_PATIENCE = 30


class Browser:
    """One page. ``messages`` are what its console said, and errors of its scripts."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.messages: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command and its answer."""
        self._number += 1
        asked = {"id": self._number, "method": method, "params": parameters}
        asked |= {"sessionId": self._session} if self._session else {}
        os.write(self._to, json.dumps(asked).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, told
                return cast("dict[str, Any]", told["result"])
            self._hear(told)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._back], [], [], _PATIENCE)[0], "the browser says nothing"
            data = os.read(self._back, 1 << 20)
            assert data, "the browser is gone"
            self._rest += data
        one, _, self._rest = self._rest.partition(b"\0")
        return cast("dict[str, Any]", json.loads(one))

    def _hear(self, told: dict[str, Any]) -> None:
        facts = told.get("params", {})
        match told.get("method"):
            case "Log.entryAdded":
                self.messages.append(f"{facts['entry']['text']} {facts['entry'].get('url', '')}")
            case "Runtime.exceptionThrown":
                self.messages.append(facts["exceptionDetails"]["exception"].get("description", "an error"))

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def ask(self, script: str) -> Any:  # noqa: ANN401 - whatever the script gives
        """What an expression of JavaScript is worth in the page."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait(self, script: str, seconds: float = 20) -> Any:  # noqa: ANN401 - whatever the script gives
        """Until the expression is true; what it is worth then."""
        deadline = time.monotonic() + seconds
        while not (found := self.ask(script)):
            assert time.monotonic() < deadline, f"never true: {script}; {self.ask('document.body.innerText')}"
            time.sleep(0.05)
        return found

    def look(self, width: int, height: int, *, dark: bool = False) -> bytes:
        """A picture of the page as PNG."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])


@contextmanager
def open_browser(folder: Path) -> Iterator[Browser]:
    """A browser with an empty profile in ``folder``; skips where none is installed."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser is installed ({', '.join(NAMES)})")
    (to_read, to), (back, back_write) = os.pipe(), os.pipe()

    process = subprocess.Popen(
        [sys.executable, "-c", PLACE, str(to_read), str(back_write), program, *QUIET, f"--user-data-dir={folder}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(to_read, back_write),
    )
    os.close(to_read)
    os.close(back_write)
    try:
        yield Browser(to, back)
    finally:
        os.close(to)
        os.close(back)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
