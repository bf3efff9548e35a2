"""Programs that write down how they are called, and answer as they are told."""

from __future__ import annotations

import os
import sys
from ast import literal_eval
from pathlib import Path

import pytest

_PROGRAM = """\
#!{python} -S
import posix, sys  # os and json would be half of what a call takes
words = sys.argv[1:]
tag = posix.environ.get(b"TAG")
with open({calls!r}, "a") as file:
    file.write(ascii((words, tag and tag.decode())) + "\\n")
answers = eval(open({answers!r}).read())
print(answers.pop("warning", ""), file=sys.stderr, end="")
for beginning, (code, text) in answers.items():
    if beginning in " ".join(words):
        print(text)
        sys.exit(code)
"""


class FakeProgram:
    """``name`` in ``PATH``, before what is there. Without an answer it is silent and ends with 0."""

    def __init__(self, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._calls, self._answers = folder / f"{name}.calls", folder / f"{name}.answers"
        self._calls.touch()
        self.answer({})
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        text = _PROGRAM.format(python=sys.executable, calls=str(self._calls), answers=str(self._answers))
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    def answer(self, answers: dict[str, tuple[int, str]]) -> None:
        """What it prints and ends with when its words contain the key."""
        self._answers.write_text(ascii(answers), encoding="ascii")

    def warn(self, text: str) -> None:
        """What it prints on standard error besides, whatever it is asked."""
        answers = literal_eval(self._answers.read_text(encoding="ascii"))
        self._answers.write_text(ascii({"warning": f"{text}\n", **answers}), encoding="ascii")

    def calls(self) -> list[str]:
        """Its words so far, each call as one text."""
        return [" ".join(words) for words, _ in self._made()]

    def tags(self) -> list[str | None]:
        """The variable ``TAG`` in each call so far."""
        return [tag for _, tag in self._made()]

    def forget(self) -> None:
        """Begin anew."""
        self._calls.write_text("", encoding="utf-8")

    def _made(self) -> list[tuple[list[str], str | None]]:
        return [literal_eval(line) for line in self._calls.read_text(encoding="ascii").splitlines()]
