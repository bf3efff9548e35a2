"""What stands before ``docker`` in a job: it asks whose the containers are to be, and has Sluice look at their ports.

``main`` gets ``PROGRAM NAME run [OPTIONS] IMAGE``: ``NAME`` is the abstract one of the job's socket. When nobody
answers there, the command runs as it is.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import pairwise
from pathlib import Path
from typing import Any

from sluice.runners.container.by_steps.fixed_names import fixed_names, may_fix, renamed
from sluice.runners.container.by_steps.images import names_built, names_tagged
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
from sluice.runners.container.by_steps.project_caches import caches_elsewhere, may_write_caches, with_caches_here
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
from sluice.runners.container.by_steps.words import apart, is_detached, is_on_host, placed, with_labels

_SECONDS = 150  # what answers asks the engine, which has 120
_TEMPORARY = "/tmp"  # noqa: S108  # nosec B108 - the job's
_STARTED = frozenset({"start", "restart", "unpause"})
_FEW = frozenset({"rename", "disconnect", "exec", "top", "port", "commit", "cp"})
"""Of these not every word is a name of what is there, or matters."""
_SHOWN = frozenset({"container", "network", "volume"})
"""Kinds of what a job has to itself."""
_KEPT = frozenset({"image", "builder", "buildx"})
"""Kinds of what a job shares with the machine, so that the next run needs no time for it."""


class _Connection(HTTPConnection):
    """HTTP by an abstract name."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(f"\0{self.host}")


def main(arguments: Sequence[str]) -> int:
    """Carry the command out; the exit code is its own."""
    program, name, *words = arguments
    if words == ["--begin"]:
        _ask(name, "before")
        return 0
    if Path(program).name == "docker-compose":
        return _compose(program, name, (), words)
    if words[:1] == ["compose"]:
        return _compose(program, name, ("compose",), words[1:])
    return _docker(program, name, read_call(words))


def _docker(program: str, name: str, call: Call) -> int:
    match call:
        case Call("container", "run" | "create"):
            return _run(program, name, call)
        case Call("network" | "volume", "create"):
            told = _ask(name, "before", names=names_given(call))
            return _become(program, [*call.head, *with_labels(translated(call, told["names"]), told["labels"])])
        case Call(_, "build" | "b") if names := names_built(call.rest):
            return _build(program, name, call, names)
        case Call(_, "ls"):
            return _list(program, name, call)
        case Call(_, "prune"):
            return _prune(program, name, call)
    return _other(program, name, call)


def _build(program: str, name: str, call: Call, names: Sequence[str]) -> int:
    """What it makes has names that another job may give, too: the image is known by its id."""
    _ask(name, "before")
    given = any(word.partition("=")[0] == "--iidfile" for word in call.rest)
    with tempfile.TemporaryDirectory(prefix="sluice-image-") as folder:
        file = Path(folder) / "id"
        code = _carry_out(program, [*call.head, *([] if given else ["--iidfile", str(file)]), *call.rest])
        identity = text_of(file).strip()
    _ask(name, "after", **({"images": names, "identity": identity} if code == 0 else {}))
    return code


def _other(program: str, name: str, call: Call) -> int:
    """What changes something that is there is done to what is the job's; anything else is done as it stands."""
    kind, subjects = _touched(call)
    told = _ask(name, "before", touched={kind: subjects}, names=names_given(call))
    if told["others"] and call.head == ("inspect",) and not type_of(call) and {*told["others"]} >= {*subjects}:
        return _become(program, ["inspect", "--type", "image", *call.rest])
    for other in told["others"]:
        sys.stderr.write(
            f"Sluice: {kind} '{other}' is not this job's: 'docker {' '.join(call.head)}' leaves it alone\n"
        )
    forced = call.kind == "image" or (call.verb == "rm" and call.is_forced)
    left = call.without(told["others"])
    if told["others"] and (call.verb in _FEW or not left.subjects):
        return 0 if forced else 1
    words = [*call.head, *translated(left, told["names"])]
    if images := names_tagged(call):
        code, first = _carry_out(program, words), call.subjects[0]
        identity = first if first.startswith("sha256:") else ""
        _ask(name, "after", **({"images": images, "identity": identity} if code == 0 else {}))
        return code
    if not told["others"] and call.verb not in _STARTED:
        return _become(program, words)
    return _and_look(program, name, words) or int(bool(told["others"]) and not forced)


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
    told = _ask(name, "before", names=names_given(call), bound=volumes_bound(call))
    images = {**told["names"].get("image", {}), **told["identities"]}
    words = translated(call, {**told["names"], "image": images})
    found = placed(words, partial(_on_machine, told["temporary"], told["kept"]))
    made = apart(found, told["labels"]) if told["apart"] else with_labels(found, told["labels"])
    if told["apart"] and is_on_host(words):
        sys.stderr.write(
            "Sluice: --network host is this machine's network: what listens in the job is not found there\n"
        )
    if call.verb == "run" and is_detached(words):
        return _and_look(program, name, [*call.head, *made])
    return _become(program, [*call.head, *made])


def _list(program: str, name: str, call: Call) -> int:
    """What is the job's, as if it had an engine of its own."""
    if call.kind not in _SHOWN:
        return _become(program, [*call.head, *call.rest])
    told = _ask(name, "before", listed=call.kind)
    words = translated(call, told["names"])
    if told["alone"]:
        words = listing(words, "name" if call.kind == "volume" else "id", told["shown"])
    return _become(program, [*call.head, *words])


def _prune(program: str, name: str, call: Call) -> int:
    """What nobody needs of the job's goes. Images and layers stay: the machine needs them."""
    told = _ask(name, "before")
    if not told["alone"]:
        return _become(program, [*call.head, *call.rest])
    if call.kind in _KEPT or call.kind == "system":
        sys.stderr.write("Sluice: images and layers of this machine stay\n")
    own = [word for one in (*_labelled(told), f"label!={CLAIM}") for word in ("--filter", one)]
    if call.kind in _SHOWN:
        return _become(program, [*call.head, *own, *call.rest])
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
    below = path == _TEMPORARY or path.startswith(f"{_TEMPORARY}/")
    return path if not below or path.startswith(tuple(kept)) else temporary + path.removeprefix(_TEMPORARY)


def _compose(program: str, name: str, before: Sequence[str], words: Sequence[str]) -> int:
    project = project_name(words, os.environ, Path.cwd())
    told = _ask(name, "before", project=project or "", given=given_name(words) or "")
    if told["project"] not in {"", project}:
        os.environ[VARIABLE] = told["project"]
        words = with_project(words, told["project"])
    if told["alone"]:
        words = _with_own_file(program, name, before, words, {**told, "project": told["project"] or project or ""})
    command = command_of(words)
    if _ends_at_once(command):
        return _and_look(program, name, [*before, *words])
    return _become(program, [*before, *words])


def _with_own_file(
    program: str, name: str, before: Sequence[str], words: Sequence[str], told: Mapping[str, Any]
) -> Sequence[str]:
    """What the files call by names that others have gets the job's own, what they publish is the job's, and caches stay
    here, by one more file.
    """
    files, command = files_of(words, os.environ, Path.cwd()), command_of(words)
    texts = [*map(text_of, files or ())]
    fixes, writes = may_fix(texts), may_write_caches(command, texts)
    publishes = told["apart"] and may_publish(command, texts)
    if not files or not command or not (fixes or publishes or writes):
        return words
    config = _config(program, before, words[: len(words) - len(command)])
    leaving = caches_elsewhere(config) if writes else []
    can = (publishes or bool(leaving)) and overrides(_said(program, *before, "version", "--short"))
    more: Mapping[str, Any] = {}
    if fixes and config:
        more = renamed(config, _ask(name, "before", names=fixed_names(config, told["project"]))["names"])
    if publishes and can:
        more = with_own_ports(more, config)
    if leaving:
        more = _with_caches_here(name, more, config, leaving, can=can)
    return with_file(words, files, _written(file_text(more))) if more else words


def _with_caches_here(
    name: str, more: Mapping[str, Any], config: Mapping[str, Any], leaving: Sequence[str], *, can: bool
) -> Mapping[str, Any]:
    """Say it, and have the run list it. An older Compose can't be told to leave them out: it is refused."""
    _ask(name, "before", caches=leaving)
    for cache in leaving:
        sys.stderr.write(f"Sluice: a rehearsal writes no build cache elsewhere: {cache}\n")
    if not can:
        sys.stderr.write("  leave 'cache_to' out, take Compose 2.24.4 or newer, or let it go with --publish\n")
        raise SystemExit(1)
    return with_caches_here(more, config)


def _config(program: str, before: Sequence[str], options: Sequence[str]) -> Mapping[str, Any]:
    """The project; nothing where the command says itself what is wrong, or a Compose tells no names (its first)."""
    try:
        found = json.loads(_said(program, *before, *options, "--profile", "*", "config", "--format", "json"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(*words: str) -> str:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout.decode(errors="replace")


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


def _become(program: str, words: Sequence[str]) -> int:
    os.execv(program, [program, *words])  # noqa: S606 - the user's own command


def _and_look(program: str, name: str, words: Sequence[str]) -> int:
    code = _carry_out(program, words)
    _ask(name, "after")
    return code


def _carry_out(program: str, words: Sequence[str]) -> int:
    with subprocess.Popen([program, *words]) as process:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda given, _: process.send_signal(given))
        code = process.wait()
    return code if code >= 0 else 128 - code


def _ask(name: str, what: str, **values: object) -> dict[str, Any]:
    """What Sluice says; its problems go to the error output."""
    known: dict[str, Any] = {
        "labels": {},
        "apart": False,
        "alone": False,
        "names": {},
        "identities": {},
        "others": [],
        "shown": [],
        "project": "",
        "said": [],
        "temporary": _TEMPORARY,
        "kept": [],
    }
    connection = _Connection(name)
    try:
        connection.request("POST", f"/{what}", json.dumps(values))
        known |= json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        pass
    finally:
        connection.close()
    for line in known["said"]:
        sys.stderr.write(f"Sluice: {line}\n")
    return known
