"""How the user's npm reaches registries, as settings that a job's machine has: nothing else of their ``.npmrc``.

In: the user's file. Out: a file of the job's, of the lowest rank (npm's ``globalconfig``). Log-ins, places of their own
and habits stay out, as a machine of GitHub's has none; ``~/.npmrc`` is the job's to write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "NPM_CONFIG_GLOBALCONFIG"
_USERS = ("npm_config_userconfig", "NPM_CONFIG_USERCONFIG", "npm_config_USERCONFIG", "NPM_CONFIG_userconfig")
_MACHINES = ("/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc")
"""Whose place the job's file takes; what comes later counts."""
_KEPT = re.compile(
    r"(@[^:=\s]+:)?registry|ca(\[\])?|(//[^=]+:)?cafile|strict-ssl|(https?-)?proxy|no-?proxy"
    r"|fetch-[\w-]+|maxsockets|replace-registry-host|omit-lockfile-registry-resolved"
    r"|nodedir|disturl|[\w-]+[_-](mirror|host|site|host_mirror)"
)
"""npm's documentation (Config) names the first two lines of them; the last is where packages bring binaries from."""


def users_file(caller: Mapping[str, str], home: Path) -> Path | None:
    """The one that the user's own npm reads."""
    named = next((caller[name] for name in _USERS if caller.get(name)), None)
    found = Path(named) if named else home / ".npmrc"
    return found if os.access(found, os.R_OK) and found.is_file() else None


def npm_environment(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """The variable, and the file below a job's ``root`` that it names; none where the user has none."""
    given = environment.get(VARIABLE)
    if given is None:
        return {}
    own = root / "npmrc"
    texts = (_text(Path(place)) for place in (*_MACHINES, given))
    own.write_text("".join(map(settings_of_the_machine, texts)), encoding="utf-8")
    return {VARIABLE: str(own)}


def settings_of_the_machine(text: str) -> str:
    """The lines of an ``.npmrc`` that say how registries are reached."""
    return "".join(f"{line}\n" for line in text.splitlines() if _KEPT.fullmatch(line.partition("=")[0].strip()))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
