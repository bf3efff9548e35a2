"""``docker/build-push-action``'s inputs as options of ``docker build``. Pure.

The real ones: docs.docker.com/reference/cli/docker/buildx/build.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from sluice.actions.builtin.inputs import boolean, lines
from sluice.actions.protocol import ActionFailedError
from sluice.source.build_fields import build_fields
from sluice.source.errors import UsageError
from sluice.source.image_references import parse_image

_LISTS = {"add-hosts": "--add-host", "build-args": "--build-arg", "labels": "--label", "ulimit": "--ulimit"}
_SINGLES = {"target": "--target", "network": "--network", "shm-size": "--shm-size", "cgroup-parent": "--cgroup-parent"}
_FLAGS = {"no-cache": "--no-cache", "pull": "--pull"}
_BUILDX_LISTS = {"build-contexts": "--build-context", "no-cache-filters": "--no-cache-filter", "allow": "--allow"}


class Output(Struct, frozen=True, kw_only=True):
    """One line of ``outputs``: a type with its attributes."""

    kind: str
    attributes: Mapping[str, str]


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to come of the build: an image in the engine, pushes, archives, files (``--output`` as it stands), or a
    cache alone. ``names`` are those of outputs; ``by_digest`` pushes get no tag.
    """

    load: bool
    push: bool
    archives: tuple[str, ...]
    files: tuple[str, ...]
    names: tuple[str, ...] = ()
    by_digest: bool = False
    only_caches: bool = False


def options(inputs: Mapping[str, str]) -> list[str]:
    """What every builder understands."""
    found = [word for name, option in _LISTS.items() for value in lines(inputs, name) for word in (option, value)]
    found += [word for name, option in _SINGLES.items() if inputs[name] for word in (option, inputs[name])]
    return found + [option for name, option in _FLAGS.items() if boolean(inputs, name)]


def buildx_options(inputs: Mapping[str, str]) -> list[str]:
    """What only buildx understands."""
    return [
        word for name, option in _BUILDX_LISTS.items() for value in entries(inputs, name) for word in (option, value)
    ]


def needs_buildx(inputs: Mapping[str, str]) -> list[str]:
    """The inputs that were given and that only buildx carries out."""
    return [name for name in _BUILDX_LISTS if inputs[name].strip()]


def entries(inputs: Mapping[str, str], name: str) -> list[str]:
    """A list of lines or of comma-separated values."""
    return [part.strip() for line in lines(inputs, name) for part in line.split(",") if part.strip()]


def read_wanted(inputs: Mapping[str, str]) -> Wanted:
    """What is asked for by ``load``, ``push`` and ``outputs``. Raises ``ActionFailedError``."""
    outputs = [(line, _output(line)) for line in lines(inputs, "outputs")]
    engines = [one.attributes.get("dest") for _, one in outputs if one.kind == "docker"]
    return Wanted(
        load=boolean(inputs, "load")
        or any(one.kind == "docker" and "dest" not in one.attributes for _, one in outputs),
        push=boolean(inputs, "push") or any(_pushes(one) for _, one in outputs),
        archives=tuple(path for path in engines if path),
        files=tuple(line for line, one in outputs if one.kind in {"local", "tar"}),
        names=tuple(name.strip() for _, one in outputs for name in one.attributes.get("name", "").split(",") if name),
        by_digest=any(_pushes(one) and one.attributes.get("push-by-digest") == "true" for _, one in outputs),
        only_caches=bool(outputs) and all(one.kind == "cacheonly" for _, one in outputs),
    )


def _output(line: str) -> Output:
    if "=" not in line:
        return Output(kind="local", attributes={"dest": line})
    attributes = build_fields(line)
    kind = attributes.pop("type", "")
    allowed = ("cacheonly", "docker", "image", "local", "registry", "tar")
    if kind not in allowed:
        raise ActionFailedError(
            f"The output '{line}' can't be made by the engine's builder (expected type={' or '.join(allowed)})"
        )
    return Output(kind=kind, attributes=attributes)


def _pushes(output: Output) -> bool:
    return output.kind == "registry" or (output.kind == "image" and output.attributes.get("push") == "true")


def secret_values(
    inputs: Mapping[str, str], environment: Mapping[str, str], warn: Callable[[str], None]
) -> dict[str, str]:
    """The secrets by id, from ``secrets`` (``id=value``) and ``secret-envs`` (``id=VARIABLE``).

    ``warn`` hears of one without an id or a value, which the build does not get, as by the real action.
    """
    found: dict[str, str] = {}
    for row in csv.reader(inputs["secrets"].splitlines(keepends=True)):
        for pair in row:
            name, _, value = pair.partition("=")
            if name.strip() and value:
                found[name.strip()] = value
            elif pair.strip():
                warn(
                    f"the entry '{name.strip()}' of secrets is not a valid secret: expected id=value, and neither empty"
                )
    for line in lines(inputs, "secret-envs"):
        name, _, variable = line.partition("=")
        if variable not in environment:
            raise ActionFailedError(f"The secret '{name}' is to come from the variable {variable}, which is not set")
        found[name] = environment[variable]
    return found


def secret_files(inputs: Mapping[str, str]) -> list[tuple[str, str]]:
    """Id and path of each line of ``secret-files``."""
    return [(name, path) for name, _, path in (line.partition("=") for line in lines(inputs, "secret-files"))]


def cache_images(inputs: Mapping[str, str]) -> list[str]:
    """Images to take layers from: ``type=registry,ref=...`` or a bare name; other kinds are the builder's own."""
    found = []
    for line in lines(inputs, "cache-from"):
        attributes = build_fields(line)
        if "type" not in attributes:
            found.append(line)
        elif attributes["type"] == "registry" and attributes.get("ref"):
            found.append(attributes["ref"])
    return found


def cache_folders(inputs: Mapping[str, str]) -> list[str]:
    """The folders that ``type=local`` caches are written to."""
    said = [build_fields(line) for line in lines(inputs, "cache-to")]
    return [one["dest"] for one in said if one.get("type") == "local" and one.get("dest")]


def caches_inline(inputs: Mapping[str, str]) -> bool:
    """Whether the image is to carry its own cache."""
    return any("type=inline" in line for line in lines(inputs, "cache-to"))


def platform_tag(image: str, platform: str) -> str:
    """An image's name for one of several platforms."""
    return f"{image}-{platform.replace('/', '-')}"


def check_tags(tags: Sequence[str], wanted: Wanted) -> None:
    """Raises ``ActionFailedError`` when something is to be pushed and has no name, or a name is none, pushed or not."""
    if wanted.push and not tags:
        raise ActionFailedError("tag is needed when pushing to registry")
    for tag in tags:
        try:
            parse_image(tag)
        except UsageError as error:
            raise ActionFailedError(f'invalid tag "{tag}": {error.in_one_line}') from error
