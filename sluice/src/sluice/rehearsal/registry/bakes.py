"""A ``docker buildx bake`` in a rehearsal: its targets are read before, as what leaves may be said in their file.

``main`` gets ``DOCKER THEN... -- WORDS``: the real program, what carries the command out, and the command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sluice.rehearsal.uploads.telling import IMAGE, note
from sluice.source.build_fields import build_fields

_REGISTRIES = frozenset({"registry", "s3", "azblob"})


def main(arguments: Sequence[str]) -> int:
    """Have it built, unless some of it would leave (docs.docker.com/build/bake/reference); the exit code."""
    docker, *rest = arguments
    end = rest.index("--")
    then, words = rest[:end], rest[end + 1 :]
    at = words.index("bake" if "bake" in words else "f") + 1
    data = sys.stdin.buffer.read() if "-" in words or "--file=-" in words or "-f-" in words else None
    if "--print" not in words:
        read = subprocess.run(
            [docker, *words[:at], "--print", *words[at:]], input=data, stdout=subprocess.PIPE, check=False
        )
        if read.returncode != 0:
            return read.returncode
        if leaving := list(_leaving(json.loads(read.stdout or "{}"))):
            return _refuse_targets(words, leaving)
    if data is None:
        os.execv(then[0], [*then, *words])  # noqa: S606 - the user's own command
    return subprocess.run([*then, *words], input=data, check=False).returncode


def _refuse_targets(words: Sequence[str], leaving: Sequence[str]) -> int:
    line = f"docker {' '.join(words)}"
    named = ", ".join(f"'{name}'" for name in leaving)
    sys.stderr.write(
        f"Sluice: a rehearsal can't carry out '{line}': its target {named} sends what it builds to a registry\n"
        "  build it with --set '*.output=type=docker' and push by 'docker push', or let it go with --publish\n"
    )
    note(IMAGE, ", ".join(leaving), line)
    return 1


def _leaving(plan: Mapping[str, Any]) -> Iterator[str]:
    """The targets with an output, or a cache, that is elsewhere. The name alone is a folder, or a registry's."""
    for name, target in (plan.get("target") or {}).items():
        outputs = [build_fields(one) for one in target.get("output") or ()]
        caches = [build_fields(one) or {"type": "registry"} for one in target.get("cache-to") or ()]
        if any(_leaves(one) for one in (*outputs, *caches)):
            yield name


def _leaves(said: Mapping[str, str]) -> bool:
    return said.get("type") in _REGISTRIES or str(said.get("push", "")).lower() in {"1", "t", "true"}
