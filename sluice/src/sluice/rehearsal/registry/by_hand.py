"""What a job's own scripts push with ``docker``: in a rehearsal it goes to the run's registry, as actions' pushes do.

A program named ``docker`` stands before the real one on the job's PATH. Of what would leave the machine,
``docker push`` goes to the run's registry, ``docker login`` sends no password, and other ways to push are refused;
``docker pull`` finds there what the run pushed. It is a shell script, so that other commands cost no interpreter's
start; ``main`` gets the words ``DOCKER REGISTRY push [OPTIONS] IMAGE``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from sluice.machine.programs import own_program
from sluice.rehearsal.registry import bakes, engine_changes
from sluice.rehearsal.registry.names import stand_in_for
from sluice.rehearsal.uploads.telling import IMAGE, note
from sluice.source.errors import UsageError
from sluice.source.image_references import parse_image

FOLDER = ".sluice/docker"
_OPTIONS_WITH_VALUES = {"--platform"}
_LOOPBACK = ("localhost", "127.", "[::1]")
_REFUSING = """said="$*"
refuse() {
  echo "Sluice: a rehearsal can't carry out '${docker##*/} $said'" >&2
  echo "  push by 'docker push' or docker/build-push-action, or let it go with --publish" >&2
  [ -z "${SLUICE_EFFECTS:-}" ] || told image-push
  exit 1
}
told() {
  case " $said " in *" login "*) return ;; esac
  line=$(printf '%s' "${docker##*/} $said" | tr '\\n\\r\\t' '   ' | sed 's/["\\\\]/\\\\&/g')
  printf '{"kind": "%s", "target": "%s", "request": "%s"}\\n' "$1" "$line" "$line" >>"$SLUICE_EFFECTS"
}
build() {
  while [ $# -gt 0 ]; do
    case "$1" in
    --push=[0fF]* | --cache-from=* | --build-arg=*) ;;
    --cache-from | --build-arg) shift ;;
    --push | --push=* | *[tT][yY][pP][eE]=registry* | *[tT][yY][pP][eE]=s3* | *[tT][yY][pP][eE]=azblob*) refuse ;;
    *[pP][uU][sS][hH]=[1tT]*) refuse ;;
    --cache-to=*=*) ;;
    --cache-to=*) refuse ;; # a name alone is a registry's
    --cache-to) case "${2:-=}" in *=*) ;; *) refuse ;; esac ;;
    esac
    [ $# -eq 0 ] || shift
  done
}
builder() {
  for word; do
    case "$word" in
    tcp://localhost:* | tcp://127.* | tcp://\\[::1\\]:*) ;;
    tcp://* | ssh://* | kubernetes | cloud | --driver=kubernetes | --driver=cloud) refuse ;;
    esac
  done
}
verb() {
  case "$1" in push | publish | login) refuse ;; esac
}
compose() {
  while [ $# -gt 0 ]; do
    case "$1" in
    -f | --file | -p | --project-name | --profile | --env-file) shift ;;
    --project-directory | --workdir | --ansi | --progress | --parallel) shift ;;
    -* | alpha) ;;
    build) build "$@"; return ;;
    *) verb "$1"; return ;;
    esac
    [ $# -eq 0 ] || shift
  done
}
"""
_CASES = """case "${{1:-}} ${{2:-}}" in
"login "*)
  echo "Sluice: a rehearsal sends no password; pushes go to the run's own registry, {address}" >&2
  for word; do [ "$word" != --password-stdin ] || cat >/dev/null; done
  exit 0 ;;
"logout "*) exit 0 ;;
"push "* | "pull "*) exec {client} "$docker" {address} "$@" ;;
"image push" | "image pull") shift; exec {client} "$docker" {address} "$@" ;;
esac
bake() {{
  [ "$1" != buildx ] || shift
  while [ $# -gt 0 ]; do
    case "$1" in
    --builder) shift ;;
    -*) ;;
    *) break ;;
    esac
    [ $# -eq 0 ] || shift
  done
  [ "${{1:-}}" != bake ] && [ "${{1:-}}" != f ] || bakes=1
}}
any() {{
  while [ $# -gt 0 ]; do
    case "$1" in
    -H | --host | -c | --context | --config | -l | --log-level | --tlscacert | --tlscert | --tlskey) shift ;;
    -D[!=]*) apart="-${{1#-D}}"; shift; set -- "$apart" "$@"; continue ;;
    -*) ;;
    *) break ;;
    esac
    [ $# -eq 0 ] || shift
  done
  case "${{1:-}} ${{2:-}}" in
  "image push" | "manifest push" | "plugin push" | "model push" | "scout push") refuse ;;
  "trust sign" | "trust revoke" | "trust signer") refuse ;;
  "mcp "*) case " $* " in *" push "*) refuse ;; esac ;;
  "model package") build "$@" ;;
  "build "* | "buildx "* | "image build" | "builder build" | "bake "*)
    case "$1 $* " in "buildx "*" imagetools "*"create "*) refuse ;; "buildx "*" create "*) builder "$@" ;; esac
    build "$@"
    case "$1" in bake | buildx) bake "$@" ;; esac ;;
  "compose "*) shift; compose "$@" ;;
  *) verb "${{1:-}}" ;;
  esac
}}
bakes=
any "$@"
"""
_BAKING = """[ -z "$bakes" ] || {{
  [ -n "${{own:-}}" ] || exec {judge} "$docker" {then} -- "$@"
  exec {judge} "$docker" "$docker" -- "$@"
}}
"""
_OF_COMPOSE = """compose "$@"
"""


def script(program: str, address: str) -> str:
    """What a script does before it hands on to ``$docker``: the client ``docker``, or ``docker-compose`` by itself."""
    if program == "docker-compose":
        return _REFUSING + _OF_COMPOSE
    return _REFUSING + _CASES.format(client=own_program(__name__), address=address)


def once_it_is_known(then: str) -> str:
    """What it does once it is known which engine is meant: with a ``bake``, which ``then`` carries out if that is the
    run's, and with what changes the run's engine.
    """
    baking = _BAKING.format(judge=own_program(bakes.__name__), then=then)
    return f'{baking}[ -n "${{own:-}}" ] || {{\n{engine_changes.SCRIPT}}}\n'


def main(arguments: Sequence[str]) -> int:
    """Push to the registry that stands in, or pull from it; the exit code. A registry on loopback is on this machine
    already.
    """
    docker, address, *words = arguments
    image = _image_of(words[1:])
    if words[0] == "pull":
        return _pull(docker, address, words, image)
    if image is None:
        sys.stderr.write("Sluice: a rehearsal pushes one image at a time: docker push NAME[:TAG]\n")
        note(IMAGE, line := f"docker {' '.join(words)}", line)
        return 1
    if image.startswith(_LOOPBACK):
        os.execv(docker, [docker, *words])  # noqa: S606 - the user's own command
    try:
        place = stand_in_for(address, parse_image(image))
    except UsageError as error:
        sys.stderr.write(f"Sluice: {error.message}\n")
        return 1
    return _push(docker, image, place)


def _pull(docker: str, address: str, words: Sequence[str], image: str | None) -> int:
    """What this run did not push comes from where it is."""
    place = None if image is None or image.startswith(_LOOPBACK) else _pushed(docker, address, words, image)
    if place is None:
        os.execv(docker, [docker, *words])  # noqa: S606 - the user's own command
    tagged = subprocess.run([docker, "tag", place, str(image)], check=False)
    subprocess.run([docker, "rmi", "--no-prune", place], stdout=subprocess.DEVNULL, check=False)
    sys.stderr.write(f"Sluice: {image} is what this run pushed to its own registry\n")
    return tagged.returncode


def _pushed(docker: str, address: str, words: Sequence[str], image: str) -> str | None:
    """The place of an image that the run's registry had, and that is in the engine now."""
    try:
        found = parse_image(image)
    except UsageError:
        return None
    place = stand_in_for(address, found)
    others = [place if word == image else word for word in words]
    if found.digest or subprocess.run([docker, *others], capture_output=True, check=False).returncode != 0:
        return None
    return place


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
