"""What a ``bake`` is to build, as this machine's engine can: one platform at a time, pushed by its own pushes. Pure.

In: the definition that ``docker buildx bake --print`` gives (docs.docker.com/build/bake/reference). Out: another one,
and by target what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from sluice.actions.builtin.docker.build_inputs import platform_tag
from sluice.source.build_fields import build_fields

_IMAGES = frozenset({"docker", "image", "registry"})
_GIVEN = frozenset({"cache-to", "attest", "platforms", "output", "tags"})
"""What the engine does otherwise, or not."""


class Baked(Struct, frozen=True, kw_only=True):
    """A target: its names, the targets that build it, with a platform each, and whether it is pushed."""

    name: str
    tags: tuple[str, ...]
    parts: tuple[str, ...]
    platforms: tuple[str, ...]
    pushed: bool

    def tags_of(self, number: int) -> list[str]:
        """The names of one of its parts in the engine."""
        if len(self.parts) == 1:
            return list(self.tags)
        return [platform_tag(tag, self.platforms[number]) for tag in self.tags]


def read_plan(printed: Mapping[str, Any], native: str) -> tuple[dict[str, Any], list[Baked]]:
    """The definition to build, and the targets that its group ``default`` is of; others are contexts of these."""
    found = printed.get("target") or {}
    baked = {name: _baked(name, target, native) for name, target in found.items()}
    targets = {
        part: _part(found[name], baked, one, number)
        for name, one in baked.items()
        for number, part in enumerate(one.parts)
    }
    chosen = [baked[name] for name in dict.fromkeys(_members(printed, "default")) if name in baked]
    chosen = chosen or [*baked.values()]  # a single target stands in no group
    parts = [part for one in chosen for part in one.parts]
    return {"group": {"default": {"targets": parts}}, "target": targets}, chosen


def _members(printed: Mapping[str, Any], group: str) -> Iterator[str]:
    groups = printed.get("group") or {}
    for name in (groups.get(group) or {}).get("targets") or ():
        yield from _members(printed, name) if name in groups and name != group else (name,)


def _baked(name: str, target: Mapping[str, Any], native: str) -> Baked:
    platforms = tuple(target.get("platforms") or (native,))
    several = len(platforms) > 1
    return Baked(
        name=name,
        tags=tuple(_tags(target)),
        parts=tuple(f"{name}-{platform.replace('/', '-')}" for platform in platforms) if several else (name,),
        platforms=platforms,
        pushed=any(_pushes(output) for output in _outputs(target)),
    )


def _part(target: Mapping[str, Any], known: Mapping[str, Baked], baked: Baked, number: int) -> dict[str, Any]:
    kept = {key: value for key, value in target.items() if key not in _GIVEN}
    files = [_written(output) for output in _outputs(target) if output.get("type") not in _IMAGES or "dest" in output]
    outputs = ["type=docker"] if len(files) < len(_outputs(target)) or not files else []
    inline = [one for one in target.get("cache-to") or () if _read(one).get("type") == "inline"]
    return {
        **kept,
        "tags": baked.tags_of(number),
        "output": [*outputs, *files],
        **({"platforms": [baked.platforms[number]]} if target.get("platforms") else {}),
        **({"cache-to": inline} if inline else {}),
        **({"contexts": _contexts(target, known, baked.platforms[number])} if target.get("contexts") else {}),
    }


def _contexts(target: Mapping[str, Any], known: Mapping[str, Baked], platform: str) -> dict[str, str]:
    """Of a target that several platforms are built of it is the one of this platform."""
    found = {}
    for name, place in target["contexts"].items():
        one = known.get(place.removeprefix("target:")) if place.startswith("target:") else None
        parts = dict(zip(one.platforms, one.parts, strict=True)) if one else {}
        found[name] = f"target:{parts[platform]}" if platform in parts else place
    return found


def _tags(target: Mapping[str, Any]) -> Iterator[str]:
    yield from target.get("tags") or ()
    for output in _outputs(target):
        yield from (name.strip() for name in output.get("name", "").split(",") if name.strip())


def _outputs(target: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return [_read(output) for output in target.get("output") or ()]


def _read(entry: str | Mapping[str, str]) -> Mapping[str, str]:
    """A word alone is a folder."""
    return {"type": "local", "dest": entry} if isinstance(entry, str) and "=" not in entry else build_fields(entry)


def _written(output: Mapping[str, str]) -> str:
    return ",".join(f'"{name}={value}"' if "," in value else f"{name}={value}" for name, value in output.items())


def _pushes(output: Mapping[str, str]) -> bool:
    return output.get("type") == "registry" or str(output.get("push", "")).lower() in {"1", "t", "true"}
