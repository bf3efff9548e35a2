"""The programs that stand before those which publish packages or push, on the PATH of a job that is rehearsed.

Each is a shell script, so that whatever doesn't publish costs no interpreter's start; what may publish goes to
``by_hand``. One stands there only while the program itself is somewhere on PATH: scripts ask whether there is one. What
a script installs and calls in one go is led by the settings that it reads. The program is looked for behind its
stand-in: what comes first on PATH may be a script of the job's that calls what ``command -v`` had found.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from shlex import quote

from sluice.machine.programs import own_program
from sluice.rehearsal.uploads.addresses import file_text

WORDS = {
    "git": ("*push*", "send-pack", "dcommit", "send-email", "imap-send", "submit"),
    "twine": ("upload",),
    "uv": ("publish",),
    "hatch": ("publish",),
    "flit": ("publish",),
    "poetry": ("publish",),
    "npm": ("publish", "unpublish", "deprecate", "dist-tag", "dist-tags"),
    "pnpm": ("publish", "unpublish", "deprecate", "dist-tag"),
    "yarn": ("publish", "npm"),
    "cargo": ("publish", "yank"),
    "gem": ("push", "yank"),
    "podman": ("push",),
    "buildah": ("push",),
    "helm": ("push",),
    "oras": ("push",),
    "crane": ("push", "copy", "cp"),
    "skopeo": ("copy",),
}
"""Words, as the shell's patterns, by which a call of each may change an index: ``git`` runs others' words, too."""
FOLDER = ".sluice/rehearsed"
"""Below a job's home. A run within a run passes over the outer one's: each would take the other for the program.
A link to one of these, made of what ``command -v`` said, is none either."""
_INSTALLERS = ("pip", "pip3")
"""Beside these a step may put what it publishes with."""
_CLOCK = 100_000_000
"""Nanoseconds."""
_BY_HAND = "sluice.rehearsal.uploads.by_hand"
_SCRIPT = """#!/bin/sh
own={folder}
IFS=:
set -f
real=
for place in ${{PATH#*"$own":}}; do
  case "$place" in "$own" | */{folders}) continue ;; esac
  [ -f "$place/{name}" ] && [ -x "$place/{name}" ] || continue
  [ "$place/{name}" -ef "$own/{name}" ] && continue
  real="$place/{name}"
  break
done
unset IFS
set +f
[ -n "$real" ] || [ ! -x {found} ] || real={found}
[ -n "$real" ] || {{ echo "{name}: command not found" >&2; exit 127; }}
for word; do
  case "$word" in
  {words}) exec {call} ;;
  esac
done
{also}exec "$real" "$@"
"""
_OF_GIT = (
    "add am apply archive blame branch bundle cat-file check-attr check-ignore check-ref-format checkout cherry-pick "
    "clean clone commit commit-tree config count-objects describe diff diff-index diff-tree fetch for-each-ref fsck gc "
    "grep hash-object init log ls-files ls-remote ls-tree merge merge-base mktree mv name-rev pull read-tree reflog "
    "remote reset restore rev-list rev-parse rm show show-ref sparse-checkout stash status switch symbolic-ref tag "
    "update-index update-ref var version worktree write-tree"
)
"""Commands that don't push. An alias of such a name is none (git-scm.com/docs/git-config, ``alias.*``): the settings
need not be read for them, which would take each call of git twice as long."""
_ALSO = {
    "git": """at=. verb= before=
for word; do
  case "$before" in
  -C) at=$word ;;
  -c | --config-env) case "$word" in [aA][lL][iI][aA][sS].*) exec {call} ;; esac ;;
  --work-tree | --namespace | --attr-source) ;;
  *)
    case "$word" in
    --git-dir* | --config-env=[aA][lL][iI][aA][sS].*) exec {call} ;;
    -*) ;;
    *) verb=$word; break ;;
    esac ;;
  esac
  before=$word
done
case "$verb" in
"" | {own_words}) ;;
*)
  case "$("$real" -C "$at" config --get-regexp '^alias[.]' 'push|send-pack|^!' 2>/dev/null)" in
  alias.*) exec {call} ;;
  esac ;;
esac
""",
}
"""What else may publish: with git, any word that is an alias."""


class Programs:
    """Those of one job, in ``folder``; they lead to the stand-in at ``api``. ``on_machine`` says where a place that the
    job sees is on this machine.
    """

    def __init__(self, folder: Path, api: str, on_machine: Callable[[str], str] = str) -> None:
        self.folder = folder
        self._api = api
        self._on_machine = on_machine
        self._seen: tuple[object, ...] = ()
        self._path = ""

    def stand_before(self, path: str) -> str:
        """PATH with the folder before the first place that has such a program, or may get one: what comes before that
        stays first. What is found there now has its stand-in, and nothing else.
        """
        places = [place for place in path.split(os.pathsep) if place and place != str(self.folder)]
        if self._now(places) != self._seen:
            self._path = self._brought(places)
            self._seen = self._now(places)
        return self._path

    def _now(self, places: Sequence[str]) -> tuple[object, ...]:
        return (*places, *(_state(one) for place in places for one in self._seats(place)), _state(str(self.folder)))

    def _seats(self, place: str) -> set[str]:
        """Where a place is: some below ``/tmp`` are the machine's for the job, too."""
        return {place, self._on_machine(place)}

    def _brought(self, places: Sequence[str]) -> str:
        held = [frozenset[str]().union(*(_held(one, _state(one)) for one in self._seats(place))) for place in places]
        self._bring(places, held)
        at = next((at for at, names in enumerate(held) if names), len(places))
        return os.pathsep.join([*places[:at], str(self.folder), *places[at:]])

    def _bring(self, places: Sequence[str], held: Sequence[frozenset[str]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in WORDS:
            self._keep(name, [f"{place}/{name}" for place, names in zip(places, held, strict=True) if name in names])

    def _keep(self, name: str, found: Sequence[str]) -> None:
        program = self.folder / name
        if found and not program.exists():
            program.write_text(
                self._script(name, next((one for one in found if FOLDER not in one), found[0])), encoding="utf-8"
            )
            program.chmod(0o755)
        elif not found:
            program.unlink(missing_ok=True)

    def _script(self, name: str, found: str) -> str:
        call = f'{own_program(_BY_HAND)} {name} "$real" {self._api} "$@"'
        return _SCRIPT.format(
            folder=quote(str(self.folder)),
            folders=FOLDER,
            found=quote(found),
            name=name,
            words=" | ".join(WORDS[name]),
            call=call,
            also=_ALSO.get(name, "").format(call=call, own_words=_OF_GIT.replace(" ", " | ")),
        )


@lru_cache(maxsize=1024)
def _held(place: str, state: tuple[int, int] | None) -> tuple[str, ...]:
    """Which of the programs stand in a place: looked up again when something came or went there, which each step asks.
    One that can't be executed yet counts: to let it be executed later changes nothing of its folder.
    """
    return tuple(name for name in (*WORDS, *_INSTALLERS) if state and os.path.lexists(f"{place}/{name}"))


def _state(place: str) -> tuple[int, int] | None:
    """What changes with whatever comes to a folder or leaves it; ``None`` where there is none.

    The clock of files stands still for some milliseconds: a folder that changed just now is not known yet.
    """
    try:
        found = os.stat(place)  # noqa: PTH116 - each step asks a few dozen times
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns) if time.time_ns() - found.st_mtime_ns > _CLOCK else (0, time.time_ns())


def write_settings(home: Path, api: str) -> None:
    """What clients read that are called by other ways (``python -m twine``)."""
    file = home / ".pypirc"
    file.write_text(file_text(api), encoding="utf-8")
    file.chmod(0o600)
