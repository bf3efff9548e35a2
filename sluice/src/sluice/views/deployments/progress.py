"""A deployment as it goes on: a line for each step, written when it is over; on a terminal with what is being done."""

from __future__ import annotations

import sys

from sluice.delivery.deployment.state import Deployment, Phase
from sluice.delivery.deployment.strategy import Step
from sluice.views.text.glyphs import glyphs_of
from sluice.views.text.lines import Line, crop, label, line, pad, wrap
from sluice.views.text.wording import duration

_DOING = {
    Step.PREPARE: "building",
    Step.START: "starting",
    Step.HEALTH: "checking health",
    Step.VERIFY: "verifying",
    Step.SWITCH: "switching",
    Step.WATCH: "watching",
    Step.RETIRE: "dropping the old",
}
_DONE = {
    Step.PREPARE: "built",
    Step.START: "started",
    Step.HEALTH: "healthy",
    Step.VERIFY: "verified",
    Step.SWITCH: "switched",
    Step.WATCH: "watched",
    Step.RETIRE: "finished",
}
_WIDEST = 10


class Progress:
    """Implements ``app.deploying.protocol.Teller``. ``live``: the stream is a terminal, where a line may be redrawn."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a deployment needs it

        self._console = Console(file=sys.stderr, highlight=False)
        self._stream = sys.stderr
        self._glyphs = glyphs_of(sys.stderr)
        self._live = sys.stderr.isatty()

    def began(self, deployment: Deployment) -> None:
        """Which version goes where."""
        arrow = self._glyphs.arrow
        before = deployment.request.previous
        versions = f"{before.version} {arrow} {deployment.release.version}" if before else deployment.release.version
        verb = "rolls back" if deployment.request.kind == "rollback" else "deploys"
        self._write(line((deployment.name, "strong"), f" {verb} ", (label(versions), "strong")))

    def doing(self, step: Step) -> None:
        """What is being done now, on a terminal."""
        if self._live:
            self._stream.write(f"\r\x1b[K  {self._glyphs.running} {_DOING[step]}{self._glyphs.ellipsis}")
            self._stream.flush()

    def done(self, step: Step, detail: str, seconds: float) -> None:
        """What was done, and what of it."""
        took = duration(seconds) if seconds >= 0.05 else ""
        self._write(
            line(
                "  ",
                (self._glyphs.success, "success"),
                f" {pad(_DONE[step], _WIDEST)} ",
                (pad(took, 6), "quiet"),
                (f" {label(detail)}", "quiet"),
            )
        )

    def went_back(self, reason: str) -> None:
        """Why it goes back."""
        width = self._console.width - 6 if self._live else sys.maxsize
        first, *more = (row for text in reason.splitlines() for row in wrap(label(text), width))
        self._write(line("  ", (self._glyphs.failure, "failure"), f" {first}"))
        for text in more:
            self._write(line("      ", (text, "quiet")))

    def said(self, text: str) -> None:
        """Something besides."""
        self._write(line("  ", (self._glyphs.waiting, "waiting"), f" {label(text)}"))

    def ended(self, deployment: Deployment) -> None:
        """How it ended."""
        self._write(self._ending(deployment))

    def _ending(self, deployment: Deployment) -> Line:
        took = duration(deployment.changed - deployment.began)
        before = deployment.request.previous
        name, version = deployment.environment, deployment.release.version
        match deployment.phase:
            case Phase.FINISHED:
                return line(
                    (self._glyphs.success, "success"),
                    " ",
                    (name, "strong"),
                    f" is at {version}",
                    (f"  {took}", "quiet"),
                )
            case Phase.ROLLED_BACK | Phase.ABANDONED:
                back = f"is back at {before.version}" if before else "is empty, as before"
                return line(
                    (self._glyphs.failure, "failure"), " ", (name, "strong"), f" {back}", (f"  {took}", "quiet")
                )
            case phase:
                return line(
                    (self._glyphs.failure, "failure"),
                    " ",
                    (name, "strong"),
                    f" is not as it should be: {version} {phase}",
                )

    def _write(self, shown: Line) -> None:
        from sluice.views.text.painting import write  # noqa: PLC0415 - as above

        if self._live:
            self._stream.write("\r\x1b[K")
            shown = crop(shown, self._console.width, self._glyphs.ellipsis)
        write([shown], self._console)
