"""A command of the configuration, run with a deadline. In: its words. Out: what it printed, or its last words."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sluice.machine.parent import die_with_parent
from sluice.masking.masker import Masker
from sluice.targets.protocol import TargetError

TOLD = 12
"""Lines of a failed command's output that go into the reason."""
_OF_THE_SHELL = frozenset(
    (
        *("exec", "exit", "command", "eval", "return", "break", "continue", "shift", "trap", "wait", "times"),
        *("cd", "umask", "ulimit", "set", "unset", "export", "readonly", "local", "read", "getopts"),
        *("alias", "unalias", "hash", "type", "jobs", "fg", "bg", "fc"),
        *(".", ":", "!", "{", "if", "for", "while", "until", "case"),
    )
)
"""Words that no program replaces the shell for."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "SHELL", "TERM")
NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT", "UV_CACHE_DIR", "UV_INDEX_URL")
INDEXES = ("UV_DEFAULT_INDEX", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "UV_CONFIG_FILE")


def plain_environment(*more: str) -> dict[str, str]:
    """The few variables of the caller's that every command may see, and those named."""
    return {name: os.environ[name] for name in (*PASSED, *more) if name in os.environ}


def building_environment() -> dict[str, str]:
    """What a build needs besides, to reach its packages."""
    return plain_environment(*NETWORK, *CERTIFICATES, *INDEXES)


class Command(Struct, frozen=True, kw_only=True):
    """What is run: ``what`` it is called in errors, what it is ``given`` on standard input, what is ``masked`` in its
    output. ``timeout`` is in seconds. ``is_data``: what it prints on standard error is no part of that.
    """

    words: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    timeout: float
    what: str
    masked: tuple[str, ...] = ()
    given: bytes | None = None
    is_data: bool = False


def run(command: Command) -> str:
    """What the command prints. Raises ``TargetError`` when it fails, is not there or takes too long.

    It ends with this process, however that ends: the next one repeats the step, and must not meet it.
    """
    process = _started(command)
    try:
        output, errors = process.communicate(command.given, timeout=command.timeout)
    except subprocess.TimeoutExpired as error:
        raise TargetError(f"{command.what} took over {command.timeout:g} s") from error
    finally:
        _end(process)
    text = mask(output.decode("utf-8", "replace"), command.masked)
    if process.returncode != 0:
        told = text + mask((errors or b"").decode("utf-8", "replace"), command.masked)
        raise TargetError(f"{command.what} {_how(process.returncode)}", hint=_tail(told) or None)
    return text


def _started(command: Command) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command.words,
            cwd=command.directory,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL if command.given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if command.is_data else subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one C call, loaded before the fork
        )
    except (OSError, ValueError) as error:  # ValueError: what no process can be given, such as a NUL
        reason = error.strerror if isinstance(error, OSError) else error
        raise TargetError(f"{command.what}: {command.words[0]} can't be started: {reason}") from error


def shell(command: str) -> list[str]:
    """The words that run a line of the configuration; a simple command replaces the shell, so signals reach it."""
    command = command.replace("\\\n", " ").strip()
    words = command.split()
    first, program = (words[0] if words else ""), next((one for one in words if not _ASSIGNMENT.match(one)), "")
    if any(sign in command for sign in ";&|\n") or program in _OF_THE_SHELL or program.startswith("("):
        return ["/bin/sh", "-c", command]
    return ["/bin/sh", "-c", f"exec env {command}" if _ASSIGNMENT.match(first) else f"exec {command}"]


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets in it, in whatever form a program prints them (decision 15)."""
    return Masker(secrets).mask_text(text)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _how(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended with {code}"


def _tail(text: str) -> str:
    return "\n        ".join(line for line in text.strip().splitlines()[-TOLD:])
