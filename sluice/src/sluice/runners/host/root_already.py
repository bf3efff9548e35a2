"""``sudo`` for a job that is root's already, on a machine without one: GitHub's machines have it, workflows use it.

In: a job's home. Out: a program in the folder that is first on the job's PATH. It does what it is told; the job's
variables stay, its home among them, since nothing changes hands.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PROGRAMS = ".local/bin"
_SCRIPT = """#!/bin/sh
user='' shell=''
while [ $# -gt 0 ]; do
  case "$1" in
  --user=*) user="${1#*=}" ;;
  --user | -*u) user="${2-}"; [ $# -lt 2 ] || shift ;;
  -u*) user="${1#-u}" ;;
  --chdir=*) cd "${1#*=}" || exit 1 ;;
  --chdir | -D) cd "${2-}" || exit 1; shift ;;
  --group | --prompt | --close-from | --host | -g | -p | -C | -h | -T) [ $# -lt 2 ] || shift ;;
  --login | --shell | -i | -s) shell=yes ;;
  --version | -V) echo "sudo of Sluice: the job is root's already"; exit 0 ;;
  --validate | --list | --reset-timestamp | --remove-timestamp | -v | -l | -k | -K) [ $# -gt 1 ] || exit 0 ;;
  --) shift; break ;;
  -*) ;;
  [A-Za-z_]*=*) export "$1" ;;
  *) break ;;
  esac
  shift
done
[ -z "$shell" ] || { if [ $# -gt 0 ]; then set -- "${SHELL:-/bin/sh}" -c "$*"; else set -- "${SHELL:-/bin/sh}"; fi; }
[ $# -gt 0 ] || { echo "sudo: a command is missing" >&2; exit 1; }
case "$user" in
'' | root | 0 | '#0') exec "$@" ;;
*) exec runuser --user "$user" -- "$@" ;;
esac
"""


def bring_sudo(home: Path, search_path: str) -> None:
    """Write it where it is needed."""
    if os.geteuid() != 0 or shutil.which("sudo", path=search_path) is not None:
        return
    program = home / PROGRAMS / "sudo"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(_SCRIPT, encoding="utf-8")
    program.chmod(0o755)
