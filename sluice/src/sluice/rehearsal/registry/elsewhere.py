"""Which engine a command of ``docker`` is for, where a step names one: a rehearsal changes none but the run's.

``main`` gets ``DOCKER ENGINE BEGAN [WORDS]``: the real program, where the run's engine listens, when the job began in
seconds, or nothing where the run may publish. Its exit code says what becomes of the command: 0, it is for the run's
engine; ``OWN``, it is for one of the job's own, changes nothing, or may be published; 1, it is refused.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sluice.rehearsal.uploads.telling import note

OWN = 3
_SECONDS = 30
_DEFAULT = "unix:///var/run/docker.sock"
_KIND = "engine"
_READING = frozenset(
    (
        *("ps", "images", "inspect", "logs", "info", "version", "search", "top", "stats", "port", "diff", "events"),
        *("history", "context", "help", "ls", "list", "", "df"),
    )
)
_GROUPS = frozenset({"container", "image", "network", "volume", "compose", "system", "node", "service", "stack"})
_VALUED = frozenset({"-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory"})


def main(arguments: Sequence[str]) -> int:
    """Say it; what is refused is told as what would have left."""
    docker, engine, began, *words = arguments
    place = _named(docker, os.environ)
    if place is None or _same(docker, place, engine or _DEFAULT):
        return 0
    if not began or _is_of_job(place, float(began)) or _verb(docker, words) in _READING:
        return OWN
    line = f"{Path(docker).name} {' '.join(words)}"
    sys.stderr.write(
        f"Sluice: a rehearsal can't carry out '{line}' at {place}: that engine is not this run's\n"
        "  others would see it; `sluice run --publish` lets it go\n"
    )
    note(_KIND, place, line)
    return 1


def _named(docker: str, variables: Mapping[str, str]) -> str | None:
    """The address of the engine that the variables, or a context, say; nothing where the program will complain."""
    if variables.get("DOCKER_HOST"):
        return variables["DOCKER_HOST"]
    words = [str(Path(docker).with_name("docker")), "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    named = [variables["DOCKER_CONTEXT"]] if variables.get("DOCKER_CONTEXT") else []
    try:
        done = subprocess.run(
            [*words[:3], *named, *words[3:]], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def _same(docker: str, place: str, engine: str) -> bool:
    """Whether both lead to one engine, which may listen on the machine's loopback, too: it has one identity."""
    if place == engine or (place.startswith("unix://") and _path(place).resolve() == _path(engine).resolve()):
        return True
    if not _is_loopback(place):
        return False
    found = _identity(docker, place)
    return found != "" and found == _identity(docker, engine)


def _identity(docker: str, place: str) -> str:
    client = str(Path(docker).with_name("docker"))
    variables = {**os.environ, "DOCKER_HOST": place}
    variables.pop("DOCKER_CONTEXT", None)
    try:
        done = subprocess.run(
            [client, "info", "--format", "{{.ID}}"],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=variables,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _path(place: str) -> Path:
    return Path(place.removeprefix("unix://"))


def _is_of_job(place: str, began: float) -> bool:
    """A socket that came with the job, or what listens on its loopback."""
    if place.startswith("unix://"):
        try:
            return _path(place).stat().st_ctime >= began
        except OSError:  # there is nothing: the program says so
            return True
    return _is_loopback(place)


def _is_loopback(place: str) -> bool:
    host = urlsplit(place).hostname or ""
    return place.startswith(("tcp://", "http://")) and bool(re.fullmatch(r"localhost|127(\.\d+){3}|::1", host))


def _verb(docker: str, words: Sequence[str]) -> str:
    rest = list(words)
    if Path(docker).name == "docker-compose" or (rest and rest[0] in _GROUPS):
        rest = rest[0 if Path(docker).name == "docker-compose" else 1 :]
        while rest and rest[0].startswith("-"):
            del rest[: 2 if rest[0] in _VALUED else 1]
    if rest[:1] and rest[0] in {"--version", "-v", "--help"}:
        return ""
    return rest[0] if rest else ""
