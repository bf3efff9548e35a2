"""A target that consists of numbers, and a teller that remembers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from sluice.delivery.deployment.state import Deployment
from sluice.delivery.deployment.strategy import Step
from sluice.targets.protocol import Bundle, Ended, Part, Standing, TargetError


class MadeUpTarget:
    """Implements ``targets.protocol.Target``: what runs is a set of numbers."""

    def __init__(self, *, beside: bool = True) -> None:
        self.beside = beside
        self.live: int | None = None
        self.runs: set[int] = set()
        self.broken = ""
        self.ends = 0

    def _do(self, what: str) -> str:
        if self.broken == what:
            raise TargetError("broken on purpose")
        return what

    def prepare(self, bundle: Bundle) -> str:
        del bundle
        return self._do("prepare")

    def start(self, bundle: Bundle) -> str:
        self.runs.add(bundle.number)
        return self._do("start")

    def checking(self, bundle: Bundle) -> Mapping[str, str]:
        return {"NUMBER": str(bundle.number)}

    def ended(self, bundle: Bundle) -> Ended:
        del bundle
        self.ends += 1 if self.broken == "health" else 0
        return Ended(count=self.ends, how="it died" if self.ends else "")

    def switch(self, bundle: Bundle) -> str:
        self.live = bundle.number
        return self._do("switch")

    def retire(self, bundle: Bundle) -> str:
        self.runs &= {bundle.number}
        return self._do("retire")

    def restore(self, bundle: Bundle | None) -> str:
        self.live = bundle.number if bundle else None
        self.runs = {bundle.number} if bundle else set()
        return ""

    def standing(self) -> Standing:
        parts = tuple(Part(name=str(number), state="running", well=True) for number in sorted(self.runs))
        return Standing(live=self.live, parts=parts)

    def kept_variables(self) -> Mapping[str, str]:
        return {}

    def kept_secrets(self, names: Collection[str]) -> tuple[str, ...]:
        del names
        return ()

    def log_files(self) -> tuple[Path, ...]:
        return ()


class Listener:
    """A teller that remembers."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def began(self, deployment: Deployment) -> None:
        self.told.append(f"began {deployment.name}")

    def doing(self, step: Step) -> None:
        self.told.append(step)

    def done(self, step: Step, detail: str, seconds: float) -> None:
        del step, detail, seconds

    def went_back(self, reason: str) -> None:
        self.told.append(reason)

    def said(self, text: str) -> None:
        self.told.append(text)

    def ended(self, deployment: Deployment) -> None:
        self.told.append(f"ended {deployment.phase}")
