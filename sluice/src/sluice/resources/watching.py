"""Look at what runs at a steady pace until its time is over. In: something that tells its usage. Out: ``Watched``."""

from __future__ import annotations

import time
from typing import Protocol

from sluice.resources.model import Ending, Sample, Watched


class Subject(Protocol):
    """Something that runs."""

    unlimited: tuple[str, ...]

    def usage(self) -> tuple[int, float] | None:
        """Memory in bytes and processor seconds; nothing once it has ended."""
        ...

    def stop(self) -> Ending:
        """End it, if it still runs."""
        ...


def watch(subject: Subject, *, duration: float, every: float) -> Watched:
    """Sample until ``duration`` is over or the subject has ended."""
    samples: list[Sample] = []
    start = time.monotonic()
    while (now := time.monotonic() - start) < duration:
        used = subject.usage()
        if used is None:
            break
        samples.append(Sample(time=now, memory=used[0], cpu=used[1]))
        time.sleep(max(0.0, every - (time.monotonic() - start - now)))
    return Watched(samples=tuple(samples), ending=subject.stop(), unlimited=subject.unlimited)
