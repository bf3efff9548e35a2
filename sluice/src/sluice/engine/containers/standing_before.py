"""The program ``docker`` that stands before the real one in a job: a shell script, so that most commands cost no
interpreter's start.
"""

from __future__ import annotations

import time
from pathlib import Path
from shlex import quote

from sluice.machine.programs import own_program

_SCRIPT = """#!/bin/sh
docker={program}
{elsewhere}{rehearsed}{named}{elsewhere}{asking}exec "$docker" "$@"
"""
_NAMED = """certified() {
  case "$1" in */*) export DOCKER_CERT_PATH="${1%/*}" ;; *) export DOCKER_CERT_PATH=. ;; esac
}
context() {
  export DOCKER_CONTEXT="$1"
  [ "$1" = default ] || unset DOCKER_HOST # the default is what it says
}
while [ $# -gt 1 ]; do
  case "$1" in
  -H | --host) export DOCKER_HOST="$2"; unset DOCKER_CONTEXT; shift 2 ;;
  -H=* | --host=*) export DOCKER_HOST="${1#*=}"; unset DOCKER_CONTEXT; shift ;;
  -H*) export DOCKER_HOST="${1#-H}"; unset DOCKER_CONTEXT; shift ;;
  -c | --context) context "$2"; shift 2 ;;
  -c=* | --context=*) context "${1#*=}"; shift ;;
  --config) export DOCKER_CONFIG="$2"; shift 2 ;;
  --config=*) export DOCKER_CONFIG="${1#*=}"; shift ;;
  -l | --log-level) shift 2 ;;
  --tlscacert | --tlscert | --tlskey) certified "$2"; shift 2 ;;
  --tlscacert=* | --tlscert=* | --tlskey=*) certified "${1#*=}"; shift ;;
  --tlsverify | --tlsverify=[1tT]*) export DOCKER_TLS_VERIFY=1; shift ;;
  --tls | --tls=[1tT]*) export DOCKER_TLS=1; shift ;;
  -D[!=]*) apart="-${1#-D}"; shift; set -- "$apart" "$@" ;;
  -l* | --log-level=* | -D | -D=* | --debug | --debug=* | --tls=* | --tlsverify=*) shift ;;
  --) shift; break ;;
  *) break ;;
  esac
done
"""
"""Options before the verb, as the variables that say the same: whatever is looked for in a command stands first then.
How much is said is no matter of a rehearsal's. Of what TLS needs the folder counts: the variables know the usual names
alone (``ca.pem``, ``cert.pem``, ``key.pem``)."""
_ELSEWHERE = """own=
contexts="${{DOCKER_CONFIG:-${{HOME:-}}/.docker}}/contexts"
[ "${{DOCKER_HOST:-}}${{DOCKER_CONTEXT:+ }}" = {host} ] && [ ! -d "$contexts" ] || {{
  {judge} "$docker" {engine} {began} "$@"
  case $? in 0) ;; 3) own=1 ;; *) exit 1 ;; esac
}}
"""
_FIRST = """[ -e {known} ] || {{ true 2>/dev/null >{known}; {client} "$docker" {name} --begin </dev/null; }}
case "$*" in *push*) [ ! -e {renamed} ] || {client} "$docker" {name} --begin "$@" </dev/null ;; esac
"""
"""Before the job makes its first image: what the machine has is looked at. Before a push its names are its own."""
RENAMED = "renamed"
"""A file beside the program: from then on every command may say a name that is another one in the engine."""
_KNOWN = "known"
_ASKING = """case "${{1:-}} ${{2:-}}" in
"run "* | "create "* | "start "* | "restart "* | "unpause "* | "compose "* | "network create" | "volume create" | \\
"ps "* | "rm "* | "stop "* | "kill "* | "pause "* | "rename "* | "update "* | "rmi "* | "image rm" | "image remove" | \\
"container ls" | "container list" | "container ps" | "network ls" | "network list" | "volume ls" | "volume list" | \\
"network rm" | "network remove" | "network disconnect" | "volume rm" | "volume remove" | *" prune" | \\
"build "* | "buildx "* | "image build" | "builder build" | "tag "* | "image tag" | "import "* | "image import" | \\
"attach "* | "commit "* | "cp "* | "diff "* | "exec "* | "export "* | "inspect "* | "logs "* | "port "* | "stats "* | \\
"top "* | "wait "* | "load "* | "image load" | "bake "*) {client} ;;
"container "*) {client} ;;
esac
[ ! -e {renamed} ] || {client}
"""
_JUDGE = "sluice.rehearsal.registry.elsewhere"
_CLIENT = "sluice.runners.container.by_steps.client"


def write_program(program: Path, place: str, name: str, address: str | None, host: str = "") -> None:
    """``host`` is what the job's variables say of the engine from the start."""
    program.write_text(
        _SCRIPT.format(
            program=quote(place),
            named=_NAMED if program.name == "docker" else "",
            elsewhere=_elsewhere(host, refusing=address is not None),
            rehearsed="" if address is None else _rehearsed(program, name, address),
            asking=_asking(program, name, address),
        ),
        encoding="utf-8",
    )
    program.chmod(0o755)


def _elsewhere(host: str, *, refusing: bool) -> str:
    """Nobody is asked for another engine, and what would change it is refused in a rehearsal."""
    from sluice.runners.container.engine import find_address  # noqa: PLC0415 (few machines have Docker)

    engine, began = quote(find_address() or ""), str(time.time()) if refusing else "''"
    return _ELSEWHERE.format(host=quote(host), judge=own_program(_JUDGE), engine=engine, began=began)


def _rehearsed(program: Path, name: str, address: str) -> str:
    """What leaves the machine is led back or refused."""
    from sluice.rehearsal.registry.by_hand import script  # noqa: PLC0415 (few machines have Docker)

    known, renamed = quote(str(program.with_name(_KNOWN))), quote(str(program.with_name(RENAMED)))
    first = _FIRST.format(known=known, renamed=renamed, client=own_program(_CLIENT), name=name)
    return first + script(program.name, address)


def _asking(program: Path, name: str, address: str | None) -> str:
    """Who is asked for what; nobody for an engine of the job's own."""
    from sluice.rehearsal.registry.by_hand import once_it_is_known  # noqa: PLC0415 (few machines have Docker)

    asked = f'{own_program(_CLIENT)} "$docker" {name}'
    client = f'exec {asked} "$@"'
    renamed = quote(str(program.with_name(RENAMED)))
    asking = _ASKING.format(client=client, renamed=renamed) if program.name == "docker" else f"{client}\n"
    first = once_it_is_known(asked) if address is not None and program.name == "docker" else ""
    return f'{first}[ -z "$own" ] || exec "$docker" "$@"\n{asking}'
