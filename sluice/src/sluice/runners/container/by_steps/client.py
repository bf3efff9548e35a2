"""What stands before ``docker`` in a job: it asks whose the containers are to be, and has Sluice look at their ports.

``main`` gets ``PROGRAM NAME run [OPTIONS] IMAGE``: ``NAME`` is the abstract one of the job's socket. When nobody
answers there, the command runs as it is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from sluice.runners.container.by_steps import asking, composing, making
from sluice.runners.container.by_steps.carrying import and_look, become, carry_out
from sluice.runners.container.by_steps.image_names import names_tagged
from sluice.runners.container.by_steps.naming import (
    CHANGES,
    CLAIM,
    READS,
    Call,
    copied_of,
    listing,
    names_given,
    read_call,
    translated,
    type_of,
    volumes_bound,
)
from sluice.runners.container.by_steps.words import apart, is_detached, is_on_host, placed, with_labels

_STARTED = frozenset({"start", "restart", "unpause"})
_LOOKING = frozenset({("image", "inspect"), ("image", "history"), ("container", "history")})
"""What looks at images alone: an id does as well as a name."""
_FEW = frozenset({"rename", "disconnect", "exec", "top", "port", "commit", "cp"})
"""Of these not every word is a name of what is there, or matters."""
_SHOWN = frozenset({"container", "network", "volume"})
"""Kinds of what a job has to itself."""
_KEPT = frozenset({"image", "builder", "buildx"})
"""Kinds of what a job shares with the machine, so that the next run needs no time for it."""


def main(arguments: Sequence[str]) -> int:
    """Carry the command out; the exit code is its own."""
    program, name, *words = arguments
    if words[:1] == ["--begin"]:
        asking.ask(name, "before", held=words[-1:] if "push" in words else [])
        return 0
    if Path(program).name == "docker-compose":
        return composing.compose(program, name, (), words)
    if words[:1] == ["compose"]:
        return composing.compose(program, name, ("compose",), words[1:])
    return _docker(program, name, read_call(words))


def _docker(program: str, name: str, call: Call) -> int:
    match call:
        case Call("container", "run" | "create"):
            return _run(program, name, call)
        case Call("network" | "volume", "create"):
            told = asking.ask(name, "before", names=names_given(call))
            return become(program, [*call.head, *with_labels(translated(call, told["names"]), told["labels"])])
        case Call(_, "ls"):
            return _list(program, name, call)
        case Call(_, "prune"):
            return _prune(program, name, call)
    made = making.make(program, name, call)
    return _other(program, name, call) if made is None else made


def _other(program: str, name: str, call: Call) -> int:
    """What changes something that is there is done to what is the job's; anything else is done as it stands."""
    kind, subjects = _touched(call)
    removes = call.kind == "image" and call.verb == "rm"
    held = subjects if removes else []
    told = asking.ask(name, "before", touched={kind: subjects}, names=names_given(call), held=held)
    if told["others"] and call.head == ("inspect",) and not type_of(call) and {*told["others"]} >= {*subjects}:
        return become(program, ["inspect", "--type", "image", *call.rest])
    for other in told["others"]:
        sys.stderr.write(
            f"Sluice: {kind} '{other}' is not this job's: 'docker {' '.join(call.head)}' leaves it alone\n"
        )
    forced = call.kind == "image" or (call.verb == "rm" and call.is_forced)
    left = call.without(told["others"])
    if told["others"] and (call.verb in _FEW or not left.subjects):
        return 0 if forced else 1
    words = [*call.head, *translated(left, _names(told) if (call.kind, call.verb) in _LOOKING else told["names"])]
    if names_tagged(call):
        return making.tag(program, name, call, words, told["identities"])
    if removes:
        code = carry_out(program, words)
        asking.ask(name, "after", removed=left.subjects)
        return code
    if not told["others"] and call.verb not in _STARTED:
        return become(program, words)
    return and_look(program, name, words) or int(bool(told["others"]) and not forced)


def _touched(call: Call) -> tuple[str, list[str]]:
    """What there is that it changes, with its kind. Who leaves a network changes, and not the network, which may be the
    engine's own.
    """
    if call.kind == "container" and call.verb == "cp":
        return call.kind, copied_of(call)
    if (call.kind, call.verb) not in CHANGES | READS or type_of(call) not in {"", "container"}:
        return call.kind, []
    if call.verb == "disconnect":
        return "container", call.subjects[1:]
    return call.kind, call.subjects[: 1 if call.verb in _FEW else None]


def _run(program: str, name: str, call: Call) -> int:
    told = asking.ask(name, "before", names=names_given(call), bound=volumes_bound(call))
    words = translated(call, _names(told))
    found = placed(words, partial(_on_machine, told["temporary"], told["kept"]))
    made = apart(found, told["labels"]) if told["apart"] else with_labels(found, told["labels"])
    if told["apart"] and is_on_host(words):
        sys.stderr.write(
            "Sluice: --network host is this machine's network: what listens in the job is not found there\n"
        )
    if call.verb == "run" and is_detached(words):
        return and_look(program, name, [*call.head, *made])
    return become(program, [*call.head, *made])


def _names(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """With the ids of images whose names other jobs gave, too."""
    return {**told["names"], "image": {**told["names"].get("image", {}), **told["identities"]}}


def _list(program: str, name: str, call: Call) -> int:
    """What is the job's, as if it had an engine of its own."""
    if call.kind not in _SHOWN:
        return become(program, [*call.head, *call.rest])
    told = asking.ask(name, "before", listed=call.kind)
    words = translated(call, told["names"])
    if told["alone"]:
        words = listing(words, "name" if call.kind == "volume" else "id", told["shown"])
    return become(program, [*call.head, *words])


def _prune(program: str, name: str, call: Call) -> int:
    """What nobody needs of the job's goes. Images and layers stay: the machine needs them."""
    told = asking.ask(name, "before")
    if not told["alone"]:
        return become(program, [*call.head, *call.rest])
    if call.kind in _KEPT or call.kind == "system":
        sys.stderr.write("Sluice: images and layers of this machine stay\n")
    own = [word for one in (*_labelled(told), f"label!={CLAIM}") for word in ("--filter", one)]
    if call.kind in _SHOWN:
        return become(program, [*call.head, *own, *call.rest])
    kinds = ["container", "network", *(["volume"] if "--volumes" in call.rest else [])]
    forced = [*_filters(call.rest), *(["--force"] if call.is_forced else [])]
    codes = [subprocess.call([program, kind, "prune", *own, *forced]) for kind in kinds if call.kind == "system"]
    return max(codes, default=0)


def _filters(words: Sequence[str]) -> list[str]:
    """What is to be pruned by the words themselves."""
    given = [after for word, after in pairwise(words) if word == "--filter"]
    given += [word.partition("=")[2] for word in words if word.startswith("--filter=")]
    return [word for one in given for word in ("--filter", one)]


def _labelled(told: Mapping[str, Any]) -> list[str]:
    return [f"label={name}={value}" for name, value in told["labels"].items()]


def _on_machine(temporary: str, kept: Sequence[str], path: str) -> str:
    """A path below the job's ``/tmp`` as this machine has it; any other one as it is."""
    below = path == asking.TEMPORARY or path.startswith(f"{asking.TEMPORARY}/")
    return path if not below or path.startswith(tuple(kept)) else temporary + path.removeprefix(asking.TEMPORARY)
