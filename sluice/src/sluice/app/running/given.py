"""What a run is given, as it may be kept: digests and names, never a value. In: options, an event. Out: ``Given``; what
differs between two runs, in words.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from sluice.app.running.occasion import Occasion
from sluice.app.running.options import RunOptions
from sluice.events.model import Given, RunQueued

TOKEN = "GITHUB_TOKEN"  # noqa: S105 - a name
"""The secret that a rehearsal has of its own, whether or not it is given."""


def given_to(options: RunOptions, occasion: Occasion) -> Given:
    """What the run is given besides its inputs. An empty secret is none, as on GitHub."""
    return Given(
        secrets=tuple(sorted({name.upper() for name, value in options.secrets.items() if value})),
        variables={name.upper(): _digest(value) for name, value in options.variables.items()},
        event={option: _digest(told) for option, told in _told(options, occasion) if told},
        actions={name: f"{folder} {_content(Path(folder))}" for name, folder in options.actions.items()},
    )


def _told(options: RunOptions, occasion: Occasion) -> Iterator[tuple[str, object]]:
    pull = occasion.facts.pull_request
    yield "--activity", occasion.facts.activity
    yield "--base", pull.base_branch if pull else None
    yield "--label", options.labels
    yield "--event-file", occasion.payload


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _content(folder: Path) -> str:
    """SHA-256 of a folder's files, with their names and whether they can be executed. What git keeps is no file."""
    found = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for path in (Path(place, name) for name in sorted([*files, *folders])):
            found.update(json.dumps([str(path.relative_to(folder)), *_kept(path)]).encode())
    return found.hexdigest()


def _kept(path: Path) -> tuple[str, str]:
    """The kind of a file and what it says; one that can't be read says nothing."""
    if path.is_symlink():
        return "link", str(path.readlink())
    if not path.is_file():
        return "folder" if path.is_dir() else "other", ""
    kind = "program" if os.access(path, os.X_OK) else "file"
    try:
        with path.open("rb") as file:
            return kind, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return kind, ""


def differences(before: RunQueued, now: RunQueued, free: Collection[str]) -> Iterator[str]:
    """What a run is given otherwise than an earlier one was, each in a few words. ``free`` are secrets, by their names
    in capitals, that one of them may have alone.
    """
    if {*before.selected} != {*now.selected} or {one.key for one in before.jobs} != {one.key for one in now.jobs}:
        yield "other jobs were chosen"
    yield from _differing("input", before.inputs, now.inputs)
    if before.given is None or now.given is None:
        yield "an older Sluice ran it, which did not keep what it was given"
        return
    yield from _differing("variable", before.given.variables, now.given.variables)
    was, has = (dict.fromkeys({*one.given.secrets} - {*free}) for one in (before, now) if one.given)
    yield from _differing("secret", was, has)
    told = {*before.given.event.items()} ^ {*now.given.event.items()}
    yield from (f"{option} says something else" for option in sorted({option for option, _ in told}))
    yield from _differing("--map-action", before.given.actions, now.given.actions)


def _differing(kind: str, before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if name not in before:
            yield f"{kind} {name} was not given then"
        elif name not in now:
            yield f"{kind} {name} is not given now"
        elif before[name] != now[name]:
            yield f"{kind} {name} has another value"
