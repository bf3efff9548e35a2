"""Clients that upload Python packages, led to the run's own index: they do all their checks, and nothing is sent."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from sluice.rehearsal.uploads.addresses import NAMED, PLACE, USER, index_at, is_here, of_the_file, stand_in_for
from sluice.rehearsal.uploads.options import taken_out


class Client(Struct, frozen=True, kw_only=True):
    """How one is told where to: the values of ``options`` are an ``address`` or the ``index``'s name, ``variable`` is
    an address, too. ``left_out`` is what it does for PyPI's address alone.
    """

    verb: str
    variable: str
    options: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


CLIENTS: Mapping[str, Client] = {
    "twine": Client(
        verb="upload",
        variable="TWINE_REPOSITORY_URL",
        options={"--repository-url": "address", "-r": "index", "--repository": "index"},
        left_out=("--skip-existing", "--attestations"),
    ),
    "uv": Client(verb="publish", variable="UV_PUBLISH_URL", options={"--publish-url": "address", "--index": "index"}),
    "hatch": Client(verb="publish", variable="HATCH_INDEX_REPO", options={"-r": "index", "--repo": "index"}),
    "flit": Client(verb="publish", variable="FLIT_INDEX_URL", options={"--repository": "index"}),
}


def upload(name: str, program: str, api: str, words: Sequence[str]) -> int:
    """Have the client upload to the stand-in at ``api`` whatever it was to upload elsewhere; its exit code."""
    client = CLIENTS[name]
    given, kept = taken_out(words, client.options)
    named = os.environ.get("TWINE_REPOSITORY") if name == "twine" else None
    wanted = given.get("address") or given.get("index") or os.environ.get(client.variable) or named or "pypi"
    known = of_the_file(Path.home() / ".pypirc", wanted)
    index = _address(wanted, known, api)
    if index is None:
        sys.stderr.write(
            f"Sluice: there is no index '{wanted}': {', '.join(NAMED)} are known, and those of ~/.pypirc\n"
        )
        return 1
    if is_here(index):
        os.execv(program, [program, *words])  # noqa: S606 - the user's own command
    sys.stderr.write(f"Sluice: a rehearsal sends nothing to {index}; the run's own index takes it\n")
    environment = {**_credentials(name, known), **os.environ, client.variable: stand_in_for(api, index)}
    left = [word for word in kept if word not in client.left_out]
    return subprocess.run([program, *left], check=False, env=environment).returncode


def _address(wanted: str, known: Mapping[str, str], api: str) -> str | None:
    """The address of an index that goes by a name, or is an address; what the stand-in at ``api`` stands for."""
    own = known.get("repository", "")
    if "://" in wanted:
        return wanted
    if own.startswith(f"{api}{PLACE}"):
        return index_at(own.removeprefix(api))
    if "://" in own:
        return own
    return NAMED.get(wanted) or _of_the_project(wanted)


def _of_the_project(name: str) -> str | None:
    """``publish-url`` of an index in ``[[tool.uv.index]]``."""
    try:
        document = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    indexes = document.get("tool", {}).get("uv", {}).get("index", [])
    return next((one.get("publish-url") for one in indexes if one.get("name") == name), None)


def _credentials(name: str, known: Mapping[str, str]) -> dict[str, str]:
    """What twine would have found in ``.pypirc`` for the address that it isn't given."""
    if name != "twine":
        return {}
    password = {"TWINE_PASSWORD": known["password"]} if known.get("password") else {}
    return {"TWINE_USERNAME": known.get("username", USER), **password}
