"""The image of an action that has a Dockerfile: built once for what its folder holds."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from anyio.streams.text import TextReceiveStream

from sluice.runners.container.engine import Engine, EngineError, is_podman
from sluice.runners.container.images.builders import buildkit_command
from sluice.runners.container.images.news import News, follow
from sluice.source.errors import UnavailableError

_LAST_LINES = 20


def folder_digest(folder: Path) -> str:
    """SHA-256 over names, modes and contents of everything in a folder but ``.git``."""
    digest = hashlib.sha256()
    for path in _entries(folder):
        kind = b"l" if path.is_symlink() else b"d" if path.is_dir() else b"f"
        content = str(path.readlink()).encode() if kind == b"l" else path.read_bytes() if kind == b"f" else b""
        head = f"{path.relative_to(folder)}\0{path.lstat().st_mode & 0o777:o}\0{len(content)}\0".encode()
        digest.update(kind + head + content)
    return digest.hexdigest()


def _entries(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - {".git"})
        yield from (Path(root, name) for name in (*folders, *sorted(files)))


async def build_image(engine: Engine, uses: str, folder: Path, dockerfile: str, tell: Callable[[str], None]) -> str:
    """The image's name; built where there is none of this content. Raises ``UnavailableError`` with its last words."""
    if not (folder / dockerfile).is_file():
        raise UnavailableError(f"The action '{uses}' has no file '{dockerfile}' to build its image from")
    digest = await anyio.to_thread.run_sync(folder_digest, folder)
    name = f"sluice-action:{hashlib.sha256(f'{dockerfile} {digest}'.encode()).hexdigest()[:24]}"
    with suppress(EngineError):
        await engine.call("inspect_image", name)
        tell(f"The image of '{uses}' was built before: {name}")
        return name
    await _build(engine, uses, (folder, dockerfile, name), tell)
    return name


async def _build(engine: Engine, uses: str, recipe: tuple[Path, str, str], tell: Callable[[str], None]) -> None:
    """``recipe``: the folder, the Dockerfile in it, the image's name.

    By BuildKit where there is a client for it, as on GitHub: the engine's protocol alone reaches the classic builder.
    """
    said: list[str] = []

    def hear(line: str) -> None:
        if line.strip():
            said.append(line)
            tell(line)

    command = () if await is_podman(engine) else await anyio.to_thread.run_sync(buildkit_command)
    try:
        if command:
            await _build_by(engine, command, recipe, hear)
        else:
            await _build_classic(engine, recipe, hear)
    except EngineError as error:
        raise UnavailableError(
            f"The image of the action '{uses}' can't be built from '{recipe[1]}': {error.message}",
            tried=said[-_LAST_LINES:],
        ) from error


async def _build_by(
    engine: Engine, command: Sequence[str], recipe: tuple[Path, str, str], hear: Callable[[str], None]
) -> None:
    folder, dockerfile, name = recipe
    words = [*command, "--file", str(folder / dockerfile), "--tag", name, str(folder)]
    environment = {**os.environ, "DOCKER_HOST": engine.address, "DOCKER_BUILDKIT": "1"}
    async with await anyio.open_process(words, stderr=subprocess.STDOUT, env=environment) as process:
        if process.stdout is not None:
            rest = ""
            async for text in TextReceiveStream(process.stdout, errors="replace"):
                *lines, rest = (rest + text).split("\n")
                for line in lines:
                    hear(line)
            hear(rest)
        code = await process.wait()
    if code != 0:
        raise EngineError(f"docker build failed with exit code {code}")


async def _build_classic(engine: Engine, recipe: tuple[Path, str, str], hear: Callable[[str], None]) -> None:
    folder, dockerfile, name = recipe

    def begin(client: Any) -> News:  # noqa: ANN401 - the library has no types
        news: News = client.build(path=str(folder), dockerfile=dockerfile, tag=name, rm=True, forcerm=True, decode=True)
        return news

    def pass_on(entry: Mapping[str, Any]) -> None:
        for line in entry.get("stream", "").splitlines():
            hear(line)

    await follow(engine, begin, pass_on)
