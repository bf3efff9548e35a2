"""What a job's own scripts push with ``docker``: in a rehearsal it goes to the run's registry, as actions' pushes do.

A program named ``docker`` stands before the real one on the job's PATH. It lets everything through but what would
leave the machine: ``docker push`` goes to the run's registry, ``docker login`` sends no password, and other ways to
push are refused. It is a shell script, so that other commands cost no interpreter's start.

    python -I -m sluice.rehearsal.registry.by_hand DOCKER REGISTRY push [OPTIONS] IMAGE
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from sluice.rehearsal.registry.names import stand_in_for
from sluice.source.errors import UsageError
from sluice.source.image_references import parse_image

FOLDER = ".sluice/rehearsed"
_OPTIONS_WITH_VALUES = {"--platform"}
_LOOPBACK = ("localhost", "127.", "[::1]")
_SCRIPT = """#!/bin/sh
docker={docker}
refuse() {{
  echo "Sluice: a rehearsal can't carry out 'docker $*'" >&2
  echo "  push by 'docker push' or docker/build-push-action, or let it go with --publish" >&2
  exit 1
}}
case "${{1:-}} ${{2:-}}" in
"login "*)
  echo "Sluice: a rehearsal sends no password; pushes go to the run's own registry, {address}" >&2
  for word; do [ "$word" != --password-stdin ] || cat >/dev/null; done
  exit 0 ;;
"logout "*) exit 0 ;;
"push "*) exec {python} -I -m sluice.rehearsal.registry.by_hand "$docker" {address} "$@" ;;
"image push") shift; exec {python} -I -m sluice.rehearsal.registry.by_hand "$docker" {address} "$@" ;;
"manifest push" | "plugin push" | "trust sign") refuse "$@" ;;
"build "* | "buildx "*)
  for word; do
    case "$word" in --push | --push=true | *type=registry* | *push=true*) refuse "$@" ;; esac
  done ;;
"compose "* | -*)
  for word; do
    case "$word" in push | login) refuse "$@" ;; esac
  done ;;
esac
exec "$docker" "$@"
"""


def find_docker(search_path: str) -> str | None:
    """The program that comes first on this PATH."""
    return shutil.which("docker", path=search_path)


def write_program(home: Path, docker: str, address: str) -> Path:
    """The folder, below a job's home, with the program that leads to the registry at ``address``."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "docker"
    program.write_text(
        _SCRIPT.format(docker=quote(docker), python=quote(sys.executable), address=address), encoding="utf-8"
    )
    program.chmod(0o755)
    return folder


def main(arguments: Sequence[str]) -> int:
    """Push to the registry that stands in; the exit code. A registry on loopback is on this machine already."""
    docker, address, *words = arguments
    image = _image_of(words[1:])
    if image is None:
        sys.stderr.write("Sluice: a rehearsal pushes one image at a time: docker push NAME[:TAG]\n")
        return 1
    if image.startswith(_LOOPBACK):
        os.execv(docker, [docker, *words])  # noqa: S606 - the user's own command
    try:
        place = stand_in_for(address, parse_image(image))
    except UsageError as error:
        sys.stderr.write(f"Sluice: {error.message}\n")
        return 1
    return _push(docker, image, place)


def _push(docker: str, image: str, place: str) -> int:
    tagged = subprocess.run([docker, "tag", image, place], check=False)
    if tagged.returncode != 0:
        return tagged.returncode
    try:
        return subprocess.run([docker, "push", place], check=False).returncode
    finally:
        subprocess.run([docker, "rmi", "--no-prune", place], stdout=subprocess.DEVNULL, check=False)


def _image_of(words: Sequence[str]) -> str | None:
    found, rest = [], iter(words)
    for word in rest:
        if word in {"-a", "--all-tags"}:
            return None
        if word in _OPTIONS_WITH_VALUES:
            next(rest, None)
        elif not word.startswith("-"):
            found.append(word)
    return found[0] if len(found) == 1 else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
