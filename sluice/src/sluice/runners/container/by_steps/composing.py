"""What stands before ``docker compose`` in a job: its project, what its files call by fixed names, and what they
publish are the job's.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sluice.runners.container.by_steps import asking
from sluice.runners.container.by_steps.carrying import and_look, become, said
from sluice.runners.container.by_steps.fixed_names import fixed_names, may_fix, renamed
from sluice.runners.container.by_steps.project_caches import caches_elsewhere, may_write_caches, with_caches_here
from sluice.runners.container.by_steps.project_images import images_named, may_name_images, with_own_images
from sluice.runners.container.by_steps.project_ports import file_text, may_publish, overrides, with_own_ports
from sluice.runners.container.by_steps.projects import (
    VARIABLE,
    command_of,
    files_of,
    given_name,
    project_name,
    text_of,
    with_file,
    with_project,
)

_STARTED = frozenset({"start", "restart", "unpause"})


def compose(program: str, name: str, before: Sequence[str], words: Sequence[str]) -> int:
    """Carry the command out; ``before`` are the words that stand before Compose's own."""
    project = project_name(words, os.environ, Path.cwd())
    told = asking.ask(name, "before", project=project or "", given=given_name(words) or "")
    if told["project"] not in {"", project}:
        os.environ[VARIABLE] = told["project"]
        words = with_project(words, told["project"])
    if told["alone"]:
        words = _with_own_file(program, name, before, words, {**told, "project": told["project"] or project or ""})
    command = command_of(words)
    if _ends_at_once(command):
        return and_look(program, name, [*before, *words])
    return become(program, [*before, *words])


def _with_own_file(
    program: str, name: str, before: Sequence[str], words: Sequence[str], told: Mapping[str, Any]
) -> Sequence[str]:
    """What the files call by names that others have gets the job's own, images that they build have names that nobody
    else gives, what they publish is the job's, and caches stay here, by one more file.
    """
    files, command = files_of(words, os.environ, Path.cwd()), command_of(words)
    texts = [*map(text_of, files or ())]
    fixes, writes, builds = may_fix(texts), may_write_caches(command, texts), may_name_images(command, texts)
    publishes = told["apart"] and may_publish(command, texts)
    if not files or not command or not (fixes or publishes or writes or builds):
        return words
    config = _config(program, before, words[: len(words) - len(command)])
    leaving = caches_elsewhere(config) if writes else []
    can = (publishes or bool(leaving)) and overrides(said(program, *before, "version", "--short"))
    more: Mapping[str, Any] = {}
    if fixes and config:
        more = renamed(config, asking.ask(name, "before", names=fixed_names(config, told["project"]))["names"])
    if builds and (named := images_named(config, told["project"])):
        more = with_own_images(more, config, asking.ask(name, "before", placed=named)["places"])
    if publishes and can:
        more = with_own_ports(more, config)
    if leaving:
        more = _with_caches_here(name, more, config, leaving, can=can)
    return with_file(words, files, _written(file_text(more))) if more else words


def _with_caches_here(
    name: str, more: Mapping[str, Any], config: Mapping[str, Any], leaving: Sequence[str], *, can: bool
) -> Mapping[str, Any]:
    """Say it, and have the run list it. An older Compose can't be told to leave them out: it is refused."""
    asking.ask(name, "before", caches=leaving)
    for cache in leaving:
        sys.stderr.write(f"Sluice: a rehearsal writes no build cache elsewhere: {cache}\n")
    if not can:
        sys.stderr.write("  leave 'cache_to' out, take Compose 2.24.4 or newer, or let it go with --publish\n")
        raise SystemExit(1)
    return with_caches_here(more, config)


def _config(program: str, before: Sequence[str], options: Sequence[str]) -> Mapping[str, Any]:
    """The project; nothing where the command says itself what is wrong, or a Compose tells no names (its first)."""
    try:
        found = json.loads(said(program, *before, *options, "--profile", "*", "config", "--format", "json"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _written(text: str) -> Path:
    """A file that is there as long as the job's temporary files: the command becomes another program."""
    with tempfile.NamedTemporaryFile("w", prefix="sluice-names-", suffix=".yaml", delete=False) as file:
        file.write(text)
    return Path(file.name)


def _ends_at_once(command: Sequence[str]) -> bool:
    """Whether it leaves containers running."""
    match command:
        case ["up" | "run", *rest]:
            return bool({"-d", "--detach", "--wait"}.intersection(rest))
        case [verb, *_]:
            return verb in _STARTED
    return False
