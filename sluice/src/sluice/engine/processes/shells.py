"""Which command runs a script. In: a shell's name and what is installed. Out: a command line, a script file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from sluice.source.errors import UnavailableError, UsageError
from sluice.source.words import split_words


class Shell(Struct, frozen=True, kw_only=True):
    """A named shell: ``arguments`` holds ``{0}`` for the script; ``suffix`` is the script file's.

    ``otherwise`` is a program to take where the first is not there.
    """

    program: str
    arguments: tuple[str, ...]
    suffix: str
    otherwise: str | None = None
    before: str = ""
    after: str = ""


_STOP_AT_ERRORS = "$ErrorActionPreference = 'stop'\n"
_LAST_EXIT_CODE = "\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }"

# docs.github.com: workflow syntax, jobs.<job_id>.steps[*].shell
SHELLS = {
    "bash": Shell(program="bash", arguments=("--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"), suffix=".sh"),
    "sh": Shell(program="sh", arguments=("-e", "{0}"), suffix=".sh"),
    "python": Shell(program="python", arguments=("{0}",), suffix=".py", otherwise="python3"),
    "pwsh": Shell(
        program="pwsh",
        arguments=("-command", ". '{0}'"),
        suffix=".ps1",
        before=_STOP_AT_ERRORS,
        after=_LAST_EXIT_CODE,
    ),
}
_UNNAMED_BASH = Shell(program="bash", arguments=("-e", "{0}"), suffix=".sh")
_WINDOWS_ONLY = frozenset({"cmd", "powershell"})


def choose_shell(name: str | None, has_program: Callable[[str], bool]) -> Shell:
    """The shell of a step: ``name`` as written, ``None`` for the default, which is bash, or sh where there is no bash;
    in a job's container it is sh whatever the image has, so nothing is to be found there.

    A custom command gets the suffix and the frame of the shell that it names. Raises ``UnavailableError`` for a shell
    of Windows and ``UsageError`` for a custom one without ``{0}``.
    """
    if name is None or not name.strip():
        return _UNNAMED_BASH if has_program("bash") else SHELLS["sh"]
    words = split_words(name, "The shell")
    if len(words) == 1:
        return _named(words[0])
    if not any("{0}" in word for word in words):
        raise _invalid(name)
    known = SHELLS.get(Path(words[0]).name, Shell(program=words[0], arguments=(), suffix=""))
    return replace(known, program=words[0], arguments=tuple(words[1:]), otherwise=None)


def _named(name: str) -> Shell:
    if name in _WINDOWS_ONLY:
        raise UnavailableError(f"The shell '{name}' is only there on Windows", hint="use pwsh, bash, sh or python")
    shell = SHELLS.get(name)
    if shell is None:
        raise _invalid(name)
    return shell


def write_script(shell: Shell, text: str, path: Path) -> None:
    """Write the script file; line ends become ``\\n``, as on GitHub's Linux and macOS runners. Raises ``OSError`` where
    another step left a link or a FIFO in its place: what that leads to may be none of the job's.
    """
    body = text.replace("\r\n", "\n")
    with open(path, "w", encoding="utf-8", opener=_open_own) as file:
        file.write(f"{shell.before}{body}{shell.after}\n")


def _open_own(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)


def command_line(shell: Shell, program: str, script: Path) -> Sequence[str]:
    """The words to start, with the script's path put for ``{0}``."""
    return (program, *(word.replace("{0}", str(script)) for word in shell.arguments))


def display(shell: Shell, program: str) -> str:
    """How the log shows the shell: ``/usr/bin/bash -e {0}``."""
    return " ".join((program, *shell.arguments))


def _invalid(name: str) -> UsageError:
    return UsageError(
        f"Invalid shell option. Shell must be a valid built-in (bash, sh, python, pwsh) or a format string containing "
        f"'{{0}}': {name}"
    )
