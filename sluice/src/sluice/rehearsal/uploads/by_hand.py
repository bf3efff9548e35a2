"""What a job's own scripts publish with the usual programs: in a rehearsal nothing is sent.

Clients of Python's indexes are led to the run's own, others try it, a copy to a registry is told; what can't be
rehearsed is refused.

    python -I -m sluice.rehearsal.uploads.by_hand NAME PROGRAM API [WORDS]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from sluice.rehearsal.uploads.copying import COPIES, copy, leaves
from sluice.rehearsal.uploads.options import VALUED, meant
from sluice.rehearsal.uploads.programs import WORDS
from sluice.rehearsal.uploads.pushing import push
from sluice.rehearsal.uploads.python_clients import CLIENTS, upload
from sluice.rehearsal.uploads.trying import TRIED

_CHANGES = frozenset({"publish", "unpublish", "deprecate", "yank", "push"})


def main(arguments: Sequence[str]) -> int:
    """Rehearse one call; the exit code. What changes nothing is carried out as it stands."""
    name, program, api, *words = arguments
    if name == "git":
        return push(program, api, words)
    said = meant(words, WORDS[name], VALUED.get(name, ()))
    verb = said[0] if said else ""
    if name in CLIENTS and verb == CLIENTS[name].verb:
        return upload(name, program, api, words)
    if (name, verb) in TRIED:
        return TRIED[name, verb](program, words)
    if (name, verb) in COPIES and leaves(name, words):
        return copy(name, words)
    if not _changes(name, said):
        os.execv(program, [program, *words])  # noqa: S606 - the user's own command
    return _refuse(f"{name} {' '.join(words)}")


def _changes(name: str, said: Sequence[str]) -> bool:
    """Whether others would see it; ``said`` are the words without options."""
    if name in CLIENTS or not said or (name, said[0]) in COPIES:
        return False
    first, second = said[0], said[1] if len(said) > 1 else ""
    if name == "yarn" and first == "npm":
        return second in {"publish", "tag"}
    return first in _CHANGES or (first in {"dist-tag", "dist-tags"} and second in {"add", "rm"})


def _refuse(what: str) -> int:
    sys.stderr.write(
        f"Sluice: a rehearsal can't carry out '{what}'\n"
        "  others would see it, and it can't be tried; `sluice run --publish` lets it go\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
