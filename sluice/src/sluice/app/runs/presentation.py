"""Show a run while it happens: reads the store from a cursor and feeds the view that fits where the output goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, runtime_checkable

import anyio

from sluice.app.running.options import RunOptions
from sluice.app.runs.history import load_state
from sluice.events.model import RunCompleted, RunInterrupted
from sluice.store.runs.sqlite import SqliteStore
from sluice.views.run.history import NO_HISTORY, History, learn
from sluice.views.streams.protocol import View, animate

PAUSE_SECONDS = 0.05
_REMEMBERED, _LEARNED = 50, 5


@runtime_checkable
class Pausable(Protocol):
    """A view that can leave the terminal for a question, or for a line of somebody else."""

    def suspend(self) -> None:
        """Leave it."""
        ...

    def resume(self) -> None:
        """Come back."""
        ...

    def make_way(self) -> None:
        """Let one line be written where the picture is, and draw it anew below."""
        ...


class Presentation:
    """A view and its place in the stream. A view that fails is dropped, and said to be: it never stops a run.

    ``unwritten`` where the output could not take it, such as a file on a full disk.
    """

    def __init__(self, store: SqliteStore, run: str, view: View | None) -> None:
        self._store = store
        self._run = run
        self._view = view
        self._seq = 0
        self._ended = False
        self.unwritten = False

    async def follow(self) -> None:
        """Feed the view until it is cancelled."""
        async with anyio.create_task_group() as group:
            if self._view is not None:
                group.start_soon(self._animate, self._view)
            while True:
                self._advance()
                await anyio.sleep(PAUSE_SECONDS)

    def ended(self) -> bool:
        """Whether the run's last event has been seen."""
        self._advance()
        return self._ended

    def finish(self) -> None:
        """Show what is left, then what stays."""
        self._advance()
        with self._forgiving():
            if self._view is not None:
                self._view.close()

    def pause(self) -> None:
        """Off the terminal, for a question."""
        view: object = self._view
        if isinstance(view, Pausable):
            view.suspend()

    def go_on(self) -> None:
        """Back on the terminal."""
        view: object = self._view
        if isinstance(view, Pausable):
            view.resume()

    def say(self, text: str) -> None:
        """Write to standard error, not into a picture: its lines would be counted wrong and stay behind."""
        view: object = self._view
        with suppress(OSError):  # nobody may be there to read it
            if isinstance(view, Pausable):
                view.make_way()
            sys.stderr.write(text)
            sys.stderr.flush()

    def _advance(self) -> None:
        for record in self._store.read(self._run, self._seq):
            self._seq = record.seq
            self._ended = isinstance(record.event, RunCompleted | RunInterrupted)
            with self._forgiving():
                if self._view is not None:
                    self._view.show(record)

    async def _animate(self, view: View) -> None:
        with self._forgiving():
            await animate(view)

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a run that goes on matters more than how it is shown
            self._view = None
            self.unwritten = isinstance(error, OSError)
            with suppress(OSError):
                sys.stderr.write(f"sluice: the view failed, the run goes on ({type(error).__name__}: {error})\n")


def open_presentation(store: SqliteStore, run: str, options: RunOptions) -> Presentation:
    """The view that the person asked for, or that fits: live on a terminal, plain lines elsewhere."""
    return Presentation(store, run, _view(store, run, options))


def _view(store: SqliteStore, run: str, options: RunOptions) -> View | None:
    read = log_reader(store.folder(run))

    report = _report(store, run)
    match _kind(options):
        case "json":
            from sluice.views.streams.machine import MachineView

            return MachineView(sys.stdout.buffer)
        case "live":
            from rich.console import Console

            from sluice.views.terminal.live import LiveView

            return LiveView(console=Console(), read_log=read, history=_history(store, run), report=report)
        case "quiet":
            from sluice.views.streams.verdict import VerdictView

            return VerdictView(sys.stdout)
        case _:
            from sluice.views.streams.plain import PlainView

            inside_github = os.environ.get("GITHUB_ACTIONS") == "true"
            return PlainView(
                stream=sys.stdout, read_log=read, verbose=options.verbose, github=inside_github, report=report
            )


def static_view(store: SqliteStore, run: str, *, verbose: bool = False) -> View:
    """A view for a run that is looked at, not performed: the summary only, or with ``verbose`` every line."""
    if not verbose:
        from rich.console import Console

        from sluice.views.terminal.live import LiveView
        from sluice.views.text.lines import ENDLESS

        console = Console(width=None if sys.stdout.isatty() else ENDLESS)
        return LiveView(console=console, read_log=log_reader(store.folder(run)), report=_report(store, run))
    from sluice.views.streams.plain import PlainView

    return PlainView(stream=sys.stdout, read_log=log_reader(store.folder(run)), verbose=verbose)


def _report(store: SqliteStore, run: str) -> Callable[[], str | None]:
    def report() -> str | None:
        path = store.folder(run) / "report.html"
        return str(path) if path.is_file() else None

    return report


def _kind(options: RunOptions) -> str:
    if options.output != "auto":
        return options.output
    return "live" if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" else "plain"


def _history(store: SqliteStore, run: str) -> History:
    """What the last few runs of the same workflow lead to expect."""
    rows = {row.run: row for row in store.runs(limit=_REMEMBERED)}
    own = rows.get(run)
    if own is None:
        return NO_HISTORY
    alike = (own.root, own.workflow_file)
    earlier = [row for row in rows.values() if row.status == "completed" and (row.root, row.workflow_file) == alike]
    states = (load_state(store, row.run) for row in earlier[:_LEARNED])
    return learn(states)


def log_reader(folder: Path) -> Callable[[str, int, int], bytes]:
    """Bytes of a job's log: key, offset, length."""

    def read(job: str, offset: int, length: int) -> bytes:
        try:
            with log_path(folder, job).open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except OSError:
            return b""

    return read


def log_path(folder: Path, job: str) -> Path:
    """The log file of a job run."""
    return folder / "logs" / f"{job.replace('/', '~')}.log"
