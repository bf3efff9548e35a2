"""The command itself, once what stands before ``docker`` knows its words: carried out, listened to, or become."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

from sluice.runners.container.by_steps import asking


def become(program: str, words: Sequence[str]) -> int:
    """Be the command from here on."""
    os.execv(program, [program, *words])  # noqa: S606 - the user's own command


def and_look(program: str, name: str, words: Sequence[str]) -> int:
    """The exit code, once Sluice looked at what the command left running."""
    code = carry_out(program, words)
    asking.ask(name, "after")
    return code


def carry_out(program: str, words: Sequence[str], given: bytes | None = None) -> int:
    """The exit code; ``given`` is the command's input instead of this process's."""
    with subprocess.Popen([program, *words], stdin=None if given is None else subprocess.PIPE) as process:
        _pass_signals(process)
        if process.stdin is not None and given is not None:
            _feed(process.stdin, lambda sink: sink.write(given))
        code = process.wait()
    return _exit_code(code)


def hear(program: str, words: Sequence[str], feed: Callable[[IO[bytes]], object] | None = None) -> tuple[int, str]:
    """The exit code and what the command printed, which is printed here, too; ``feed`` writes its input."""
    source = None if feed is None else subprocess.PIPE
    with subprocess.Popen([program, *words], stdin=source, stdout=subprocess.PIPE) as process:
        _pass_signals(process)
        if process.stdin is not None and feed is not None:
            _feed(process.stdin, feed)
        printed = list[str]()
        for line in process.stdout or ():
            printed.append(line.decode(errors="replace"))
            sys.stdout.write(printed[-1])
            sys.stdout.flush()
        code = process.wait()
    return _exit_code(code), "".join(printed)


def said(*words: str, given: bytes | None = None) -> str:
    """What a command printed."""
    done = subprocess.run(words, input=given or b"", capture_output=True, check=False)
    return done.stdout.decode(errors="replace")


def _pass_signals(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda given, _: process.send_signal(given))


def _feed(sink: IO[bytes], feed: Callable[[IO[bytes]], object]) -> None:
    """A command that fails reads no further."""
    with suppress(BrokenPipeError):
        feed(sink)
    with suppress(BrokenPipeError):
        sink.close()


def _exit_code(code: int) -> int:
    return code if code >= 0 else 128 - code
