"""A tiny program to be deployed: it answers its version, and is ill when the version says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

from commanding import sluice

SERVER = """\
import http.server, os, signal, sys
VERSION = open("version").read().strip()
if VERSION.startswith("crashes"):
    sys.exit("no such module")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if VERSION.startswith("ill") else 200)
        self.end_headers()
        self.wfile.write(f"{VERSION} {os.environ.get('TOKEN', '')}".strip().encode())

    def log_message(self, *_):
        pass

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT_WEB"])), Handler).serve_forever()
"""
SETTINGS = """\
[environment.staging]
watch = 0.1
{more}
[environment.staging.process]
start = "{python} -S server.py"
ports = {{ web = "127.0.0.1:{port}" }}
drain = 5

[environment.staging.health]
url = "http://127.0.0.1:$PORT_WEB/"
timeout = 10
interval = 0.05
"""
IDENTITY = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


class Project:
    """A repository with the program in it, and ``sluice deploy`` as a person calls it. Stop it in the end."""

    def __init__(self, root: Path, home: Path, port: int, more: str = "", end: str = "") -> None:
        self.root, self.home, self.port = root, home, port
        root.mkdir(exist_ok=True)
        (root / "server.py").write_text(SERVER, encoding="utf-8")
        text = SETTINGS.format(python=sys.executable, port=port, more=more) + end
        (root / "sluice.toml").write_text(text, encoding="utf-8")
        self._git("init", "--quiet", "--initial-branch=main")

    def commit(self, version: str) -> str:
        """A commit of this version, tagged with its name."""
        (self.root / "version").write_text(version, encoding="utf-8")
        self._git("add", "--all")
        self._git(*IDENTITY, "commit", "--quiet", "--allow-empty", "--message", f"Version {version}")
        self._git("tag", "--force", version)
        return version

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """``sluice deploy`` with these words, on its way."""
        return subprocess.Popen(
            [sys.executable, "-m", "sluice", "deploy", *words],
            cwd=self.root,
            env={**self.kept(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        """What it prints and then what it says beside it, in this process; the exit code must be this one."""
        kept = self.kept() | environment
        with patch.dict(os.environ, kept, clear=True), chdir(self.root):
            done = sluice("deploy", *words)
        output = done.stdout + done.stderr
        assert done.returncode == code, f"{words}: {done.returncode}\n{output}"
        return output

    def kept(self) -> dict[str, str]:
        """The environment of a person, also where the tests are a job of a run."""
        names = ("PATH", "HOME", "LANG", "DOCKER_HOST", "PYTHONPATH")
        return {name: os.environ[name] for name in names if name in os.environ} | {"SLUICE_HOME": str(self.home)}

    def answer(self) -> str:
        """What the environment says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            text: str = answer.read().decode()
            return text

    def supervisor(self) -> int | None:
        """Its process, if it runs."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"sluice.targets.process.supervisor" in words and str(self.home).encode() in words[-2]:
                return int(folder.name)
        return None

    def cut_power(self) -> None:
        """Kill the supervisor; what it has started goes with it."""
        process = self.supervisor()
        if process is not None:
            os.kill(process, signal.SIGKILL)

    def history(self) -> list[dict[str, object]]:
        """Each deployment, the oldest first."""
        told = self.run("history", "--json", "--limit", "1000").splitlines()
        return [json.loads(line) for line in reversed(told) if line]

    def _git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.root, check=True, capture_output=True)
