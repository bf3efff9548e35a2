"""The names that commands of ``docker`` give to images, and what each is known by. Pure.

In: a command's words; what it printed or wrote of what it made. Out: names, or by name what leads to the image: ids
and, where none is known, the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sluice.runners.container.by_steps.naming import Call
from sluice.source.build_fields import build_fields

_LOADED = re.compile(r"^Loaded image(?:\(s\))?: (\S+)$", re.MULTILINE)
_ONLY_SAYING = re.compile(r"--(?:print|check|list(?:-(?:targets|variables))?|call|list=.*|call=(?!build).*|help)|-h")
_USED = re.compile(r"^\s*(?:FROM|COPY|ADD|RUN)\s.*", re.MULTILINE | re.IGNORECASE)
_USING = re.compile(r"(?:^\s*FROM\s+(?:--\S+\s+)*|[\s,]--from=|[\s,=]from=)([^\s,$]+)", re.IGNORECASE)
_NAMED_BY = "io.containerd.image.name"
"""The annotation of a list of images that says a name (github.com/containerd/containerd, images/archive)."""


def familiar(name: str) -> str:
    """An image's name as the engine lists it: with a tag, and without what Docker Hub's names begin with."""
    short = name.removeprefix("docker.io/").removeprefix("library/")
    return short if ":" in short.rpartition("/")[2] else f"{short}:latest"


def names_tagged(call: Call) -> list[str]:
    """The name that ``docker tag`` and the like give."""
    match call:
        case Call("container" | "image", "tag" | "import") | Call("container", "commit") if len(call.subjects) > 1:
            return call.subjects[-1:]
    return []


def names_built(words: Iterable[str]) -> list[str]:
    """The names that ``docker build`` is told to give."""
    found, rest = list[str](), iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name == "--tag":
            found.append(value if equals else next(rest, ""))
        elif name == "--output":
            found += _names_out(value if equals else next(rest, ""))
        elif word.startswith("-o"):
            found += _names_out(word.removeprefix("-o").removeprefix("=") or next(rest, ""))
        elif word.startswith("-") and not word.startswith("--") and "t" in word and word[1:].split("t")[0] in {"", "q"}:
            found.append(word.partition("t")[2].removeprefix("=") or next(rest, ""))
    return [one for one in found if one]


def names_used(dockerfile: str) -> list[str]:
    """The images, and the stages, that a Dockerfile names; none by its arguments."""
    return [found for line in _USED.findall(dockerfile) for found in _USING.findall(line)]


def _names_out(output: str | Mapping[str, str]) -> list[str]:
    """``type=image,"name=a,b"``, and what stays no image in the engine has none."""
    said = build_fields(output)
    if said.get("type") not in {"docker", "image"} or "dest" in said:
        return []
    return [name.strip() for name in said.get("name", "").split(",")]


def only_says(call: Call) -> bool:
    """Whether a ``bake`` tells what it would build."""
    return any(_ONLY_SAYING.fullmatch(word) for word in call.rest)


def reads_input(call: Call) -> bool:
    """Whether a ``bake`` reads a file of targets from its input."""
    return not {"-", "--file=-", "-f-", "-f=-"}.isdisjoint(call.rest)


def option_of(call: Call, *names: str) -> str:
    """The value of an option by one of its names (``--input``, ``-i``); empty without."""
    for at, word in enumerate(call.rest):
        for name in names:
            if word == name:
                return "".join(call.rest[at + 1 : at + 2])
            if word.startswith(f"{name}=" if name.startswith("--") else name):
                return word.removeprefix(name).removeprefix("=")
    return ""


def images_baked(plan: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, list[str]]:
    """Of the targets that ``--print`` tells those that became images, by the file of what was made."""
    found: dict[str, list[str]] = {}
    for target, one in (plan.get("target") or {}).items():
        known = made.get(target) or {}
        ids = [known[key] for key in ("containerimage.config.digest", "containerimage.digest") if known.get(key)]
        outputs = [name for output in one.get("output") or () for name in _names_out(output)]
        if ids:
            found |= dict.fromkeys([*(one.get("tags") or ()), *outputs], ids)
    return {name: ids for name, ids in found.items() if name}


def images_loaded(printed: str, known: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Those that ``docker load`` says it loaded; ``known`` are ids of what is in the archive."""
    return {name: [*known.get(familiar(name), ()), name] for name in _LOADED.findall(printed)}


def ids_in(lists: Mapping[str, Any]) -> dict[str, list[str]]:
    """By name the ids that an archive's ``manifest.json`` and ``index.json`` say: the configuration's is that of most
    engines, the list's that of one which keeps images as containerd does.
    """
    found: dict[str, list[str]] = {}
    for name, identity in (*_of_manifest(lists.get("manifest.json")), *_of_index(lists.get("index.json"))):
        found.setdefault(familiar(name), []).append(identity)
    return found


def _of_manifest(entries: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    for entry in entries if isinstance(entries, list) else ():
        digest = str(entry.get("Config", "")).removesuffix(".json").rpartition("/")[2]
        yield from ((name, f"sha256:{digest}") for name in entry.get("RepoTags") or ())


def _of_index(index: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    for entry in index.get("manifests") or () if isinstance(index, dict) else ():
        name = (entry.get("annotations") or {}).get(_NAMED_BY)
        if name:
            yield name, entry.get("digest", "")
