"""``sluice soak``: start, watch, judge. In: what to run and how. Out: a report."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from sluice.machine.children import dying_with_us, signal_group
from sluice.resources.command import started_command
from sluice.resources.container import started_container
from sluice.resources.judging import judge
from sluice.resources.model import Limits, SoakReport
from sluice.resources.watching import Subject, watch
from sluice.source.errors import UsageError

_UNITS = {"B": "size", "B/s": "size in a time"}
_SECONDS = 2
"""How long the end of a load may take."""


class SoakOptions(Struct, frozen=True, kw_only=True):
    """``image`` is nothing for a command; times in seconds, ``threshold`` in bytes a second.

    ``load`` is a shell command that is run over and over beside it.
    """

    words: tuple[str, ...]
    image: str | None
    run_options: tuple[str, ...]
    limits: Limits
    duration: float
    every: float
    warm_up: float
    threshold: float
    load: str | None = None


def soak(options: SoakOptions) -> SoakReport:
    """Run it and say what came of it. Raises ``UsageError`` and ``UnavailableError``."""
    if options.warm_up >= options.duration:
        raise UsageError("the warm-up takes all of the time: make it shorter, or --for longer")
    with TemporaryDirectory() as folder:
        with _leaving_on_signals(), _started(options) as subject, _under_load(options.load, folder):
            watched = watch(subject, duration=options.duration, every=options.every)
        watched = replace(watched, unloaded=_failed_always(Path(folder)))
    what = shlex.join([*([options.image] if options.image else []), *options.words])
    return judge(what, watched, options.limits, warm_up=options.warm_up, threshold=options.threshold)


@contextmanager
def _leaving_on_signals() -> Iterator[None]:
    """SIGTERM, and a terminal that is gone, are as Ctrl-C: what was started ends first."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    heard = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    for number in heard:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _started(options: SoakOptions) -> AbstractContextManager[Subject]:
    if options.image is not None:
        return started_container(options.image, options.words, options.limits, options.run_options)
    if options.run_options:
        raise UsageError("--run-option is for an image, and none is given", hint="give one with --image")
    if not options.words:
        raise UsageError("nothing to run", hint="give a command after --, or --image")
    if shutil.which(options.words[0]) is None:
        raise UsageError(f"'{options.words[0]}' is no program here", hint="a path to one, or a name on PATH")
    return started_command(options.words, options.limits)


@contextmanager
def _under_load(command: str | None, folder: str) -> Iterator[None]:
    """The load ends with what is watched; a load that fails is tried again, as the subject may not be up yet. How it
    ended is noted in the folder.
    """
    if command is None:
        yield
        return
    script = f'while :; do (\n{command}\n) && : >"$1/worked" || echo $? >"$1/failed"; sleep 0.1; done'
    load = subprocess.Popen(["/bin/sh", "-c", script, "load", folder], stdin=subprocess.DEVNULL, start_new_session=True)
    with dying_with_us(load.pid):
        try:
            yield
        finally:
            _end(load)


def _failed_always(folder: Path) -> int | None:
    """The last exit code of a load that never worked."""
    failed = folder / "failed"
    if (folder / "worked").exists() or not failed.exists():
        return None
    return int(failed.read_text(encoding="ascii").strip() or 1)


def _end(load: subprocess.Popen[bytes]) -> None:
    """With what it started, in other groups too; a process that is killed takes a moment to go."""
    signal_group(load.pid, signal.SIGSTOP)  # so that none is born that is not known
    others = _stopped_below(psutil.Process(load.pid))
    signal_group(load.pid, signal.SIGKILL)
    for one in others:
        with suppress(psutil.Error):
            one.kill()
    load.wait()
    psutil.wait_procs(others, timeout=_SECONDS)


def _stopped_below(load: psutil.Process) -> set[psutil.Process]:
    """All descendants, once none is left that could start another."""
    known: set[psutil.Process] = set()
    while new := set(load.children(recursive=True)) - known:
        for one in new:
            with suppress(psutil.Error):
                one.suspend()
        known |= new
    return known


def as_json(report: SoakReport) -> str:
    """The report as JSON, its samples as lists."""
    built = to_builtins(report)
    built["watched"]["samples"] = [[one.time, one.memory, one.cpu] for one in report.watched.samples]
    built["passed"] = not report.failures
    return json.dumps(built, indent=2)


def read_amount(text: str, unit: str) -> float:
    """``512MB`` or ``10 KB/s`` in ``unit``. Raises ``UsageError``."""
    from sluice.evidence.units import UnitMismatchError, convert_exactly, parse_quantity

    example = f"such as {'10KB/s' if unit == 'B/s' else '512MB'}"
    try:
        found = parse_quantity(text)
        amount = float(convert_exactly(found.amount, found.unit.symbol, unit))
    except UnitMismatchError as error:
        raise UsageError(f"'{text}' has no unit of {_UNITS[unit]}: expected one, {example}") from error
    except ValueError as error:
        raise UsageError(f"'{text}' is not an amount in {unit}: {error}") from error
    if amount < 0:
        raise UsageError(f"'{text}' is less than nothing: expected an amount {example}")
    return amount


def limits_of(memory: str | None, cpus: float | None) -> Limits:
    """The limits as they stand on the command line."""
    return Limits(memory=None if memory is None else int(read_amount(memory, "B")), cpus=cpus)
