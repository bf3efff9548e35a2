"""Commands that give names to images, or need them: another job may give the same ones, so each is known by its id."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from sluice.runners.container.by_steps import archives, asking
from sluice.runners.container.by_steps.carrying import become, carry_out, hear, said
from sluice.runners.container.by_steps.image_names import (
    images_baked,
    images_loaded,
    names_built,
    names_tagged,
    names_used,
    only_says,
    option_of,
    reads_input,
)
from sluice.runners.container.by_steps.naming import Call, translated
from sluice.runners.container.by_steps.projects import text_of


def make(program: str, name: str, call: Call) -> int | None:
    """Carry the command out if it makes images; nothing where it is another."""
    match call:
        case Call(_, "build" | "b") if names := names_built(call.rest):
            return _build(program, name, call, names)
        case Call("container" | "image", "save"):
            return _save(program, name, call)
        case Call("container" | "image", "load"):
            return _load(program, name, call)
        case Call("buildx", "bake" | "f") | Call("container", "bake"):
            return _bake(program, name, call)
    return None


def _build(program: str, name: str, call: Call, names: Sequence[str]) -> int:
    """What ``docker build`` makes under these names."""
    asking.ask(name, "before", held=names_used(text_of(_dockerfile(call))))
    given = any(word.partition("=")[0] == "--iidfile" for word in call.rest)
    with tempfile.TemporaryDirectory(prefix="sluice-image-") as folder:
        file = Path(folder) / "id"
        code = carry_out(program, [*call.head, *([] if given else ["--iidfile", str(file)]), *call.rest])
        identity = text_of(file).strip()
    return _told(name, code, {one: [identity or one] for one in names})


def _dockerfile(call: Call) -> Path:
    """Where it is, as far as the words say."""
    return Path(option_of(call, "--file", "-f") or Path(*call.rest[-1:]) / "Dockerfile")


def _save(program: str, name: str, call: Call) -> int:
    """``docker save``, which keeps the names in its archive."""
    told = asking.ask(name, "before", held=call.subjects)
    code = carry_out(program, [*call.head, *translated(call, told["names"])])
    asking.ask(name, "after")
    return code


def tag(program: str, name: str, call: Call, words: Sequence[str], identities: Mapping[str, str]) -> int:
    """``docker tag``, and ``import`` and ``commit``, which print the id; ``words`` are the engine's names."""
    if call.verb != "tag":
        code, printed = hear(program, words)
        last = (printed.split() or [""])[-1]
        return _told(name, code, {one: [last if last.startswith("sha256:") else one] for one in names_tagged(call)})
    at = len(call.head)
    first = identities.get(call.subjects[0], words[at])
    code = carry_out(program, [*words[:at], first, *words[at + 1 :]])
    return _told(name, code, {one: [first if first.startswith("sha256:") else one] for one in names_tagged(call)})


def _load(program: str, name: str, call: Call) -> int:
    """``docker load``, of a file or of its input."""
    asking.ask(name, "before")
    words, known = [*call.head, *call.rest], dict[str, list[str]]()
    if path := option_of(call, "--input", "-i"):
        known = archives.ids_of_file(Path(path))
        code, printed = hear(program, words)
    else:

        def feed(sink: IO[bytes]) -> None:
            known.update(archives.pass_through(sys.stdin.buffer, sink))

        code, printed = hear(program, words, feed)
    return _told(name, code, images_loaded(printed, known))


def _bake(program: str, name: str, call: Call) -> int:
    """``docker buildx bake``: the file of what it made has the ids, the targets the names."""
    if only_says(call):
        return become(program, [*call.head, *call.rest])
    asking.ask(name, "before")
    given = sys.stdin.buffer.read() if reads_input(call) else None
    plan = _read(said(program, *call.head, "--print", *call.rest, given=given))
    with tempfile.TemporaryDirectory(prefix="sluice-image-") as folder:
        file = option_of(call, "--metadata-file") or str(Path(folder) / "made")
        code = carry_out(program, [*call.head, *call.rest, "--metadata-file", file], given)
        made = _read(text_of(Path(file)))
    return _told(name, code, images_baked(plan, made))


def _told(name: str, code: int, images: Mapping[str, Sequence[str]]) -> int:
    asking.ask(name, "after", images=images if code == 0 else {})
    return code


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
