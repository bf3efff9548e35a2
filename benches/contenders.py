"""Who does the work, and what it cost. In: a case and a contender. Out: seconds and peak memory of one run.

A run counts only if it ended with success and left a witness line for each step.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from cases import Case, write_log_lines

TIMEOUT = 900.0
WORKFLOW = ".github/workflows/bench.yml"
_SAMPLE_EVERY = 0.02


@dataclass(frozen=True, kw_only=True)
class Contender:
    """``command`` makes the command line from the workflow's or the script's path."""

    name: str
    command: Callable[[str], Sequence[str]]
    uses_script: bool = False
    version: str = ""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One run. ``memory`` is the engine's own peak in bytes, ``tree_memory`` with the processes below it.

    ``processor`` is what it and everything it waited for took of the processors, in seconds.

    ``problem`` says why it does not count.
    """

    seconds: float
    processor: float
    memory: int
    tree_memory: int
    problem: str = ""


def find_contenders() -> tuple[Contender, ...]:
    """Bare bash, Sluice from this Python's environment, and act where it is installed."""
    sluice = Path(sys.executable).parent / "sluice"
    act = shutil.which("act") or str(Path.home() / "go" / "bin" / "act")
    found = [Contender(name="bash", command=lambda path: ["bash", "-e", path], uses_script=True)]
    if sluice.exists():
        found.append(
            Contender(name="sluice", command=lambda path: [str(sluice), "run", path], version=_version(str(sluice)))
        )
    if Path(act).exists():
        flags = ["-P", "ubuntu-latest=-self-hosted", "--pull=false"]
        found.append(
            Contender(name="act", command=lambda path: [act, "push", *flags, "-W", path], version=_version(act))
        )
    return tuple(found)


def _version(program: str) -> str:
    result = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    return result.stdout.strip()


class Arena:
    """A folder in which each case gets a repository for each contender, with a home of its own."""

    def __init__(self, root: Path) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="bench-", dir=root))
        self._lines = self._root / "lines"
        write_log_lines(self._lines)
        home = self._root / "home"
        (home / ".config" / "act").mkdir(parents=True)
        (home / ".config" / "act" / "actrc").touch()
        (home / ".gitconfig").write_text(
            "[user]\n\tname = Bench\n\temail = bench@example.org\n[safe]\n\tdirectory = *\n"
        )
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        self._environment = kept | {"HOME": str(home), "NO_COLOR": "1"}

    def run(self, case: Case, contender: Contender, mebibytes: int) -> Measurement:
        """One run from nothing: a fresh repository each time, so that no contender finds what it left before."""
        folder = Path(tempfile.mkdtemp(prefix=f"{case.name}-{contender.name}-", dir=self._root))
        witness = folder.with_suffix(".witness")
        path = self._prepare(case, folder, witness, mebibytes, script=contender.uses_script)
        try:
            return self._measure(contender.command(path), case, folder, witness)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(self._root / "home" / ".cache", ignore_errors=True)
            shutil.rmtree(self._root / "home" / ".local", ignore_errors=True)

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _prepare(self, case: Case, folder: Path, witness: Path, mebibytes: int, *, script: bool) -> str:
        filled = {"@WITNESS@": str(witness), "@FOLDER@": str(folder), "@LINES@": str(self._lines)}
        filled["@MEBIBYTES@"] = str(mebibytes)

        def write(name: str, text: str) -> None:
            for placeholder, value in filled.items():
                text = text.replace(placeholder, value)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

        write(WORKFLOW, case.workflow)
        write("script.sh", f"export WITNESS='{witness}'\n{case.script}\n")
        for name, text in case.files.items():
            write(name, text)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "bench"]):
            subprocess.run(["git", *command], cwd=folder, env=self._environment, check=True)
        return "script.sh" if script else WORKFLOW

    def _measure(self, command: Sequence[str], case: Case, folder: Path, witness: Path) -> Measurement:
        printed = folder.with_suffix(".printed")
        with printed.open("wb") as output:
            started, before = time.perf_counter(), _processor_seconds()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            memory = _MemoryWatch(process.pid)
            problem = _wait(process)
            seconds = time.perf_counter() - started
            processor = _processor_seconds() - before
        own, tree = memory.stop()
        steps = len(witness.read_text().splitlines()) if witness.exists() else 0
        witness.unlink(missing_ok=True)
        if not problem and process.returncode:
            problem = f"exit {process.returncode}: {_last_line(printed)}"
        if not problem and steps != case.steps:
            problem = f"{steps} of {case.steps} steps ran"
        printed.unlink()
        return Measurement(seconds=seconds, processor=processor, memory=own, tree_memory=tree, problem=problem)


def _processor_seconds() -> float:
    """What the children that were waited for have taken so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait(process: subprocess.Popen[bytes]) -> str:
    try:
        process.wait(TIMEOUT)
    except subprocess.TimeoutExpired:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()
        return f"not done after {TIMEOUT:.0f} s"
    return ""


def _last_line(path: Path) -> str:
    """What a failed run said last, but for the hint after it."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2000))
        lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return next((line for line in reversed(lines) if line and not line.lstrip().startswith("hint:")), "no output")


class _MemoryWatch:
    """Samples the memory of a process and of its children while it runs."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._own = self._tree = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        self._done.set()
        self._thread.join()
        return self._own, self._tree

    def _watch(self) -> None:
        try:
            process = psutil.Process(self._pid)
            while not self._done.wait(_SAMPLE_EVERY):
                self._sample(process)
        except psutil.Error:
            return

    def _sample(self, process: psutil.Process) -> None:
        own = process.memory_info().rss
        total = own
        for child in _below(process):
            try:
                total += child.memory_info().rss
            except psutil.Error:
                continue
        self._own, self._tree = max(self._own, own), max(self._tree, total)


def _below(process: psutil.Process) -> Iterator[psutil.Process]:
    """The processes below it, as Linux lists them: a look at every process of the machine would take a processor from
    what is measured.
    """
    for child in _children(process):
        yield child
        yield from _below(child)


def _children(process: psutil.Process) -> list[psutil.Process]:
    """Of all its threads; those that are there still."""
    found: list[psutil.Process] = []
    with suppress(OSError, psutil.Error):
        for listed in Path(f"/proc/{process.pid}/task").glob("*/children"):
            with suppress(OSError, psutil.Error):
                found += [psutil.Process(int(pid)) for pid in listed.read_text().split()]
    return found
