"""Check the parts, side by side: most of them wait for a program. In: a scene and parts. Out: a result for each."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from msgspec.structs import replace

from sluice.audit.model import Checked, NotCheckedError, Part, Result, Scene, Status
from sluice.audit.registry import CHECKS
from sluice.evidence.collection import collect
from sluice.evidence.model import Evidence
from sluice.evidence.problems import Problem, problem


def audit(scene: Scene, parts: Iterable[Part]) -> tuple[Result, ...]:
    """Each part's result, in their order. What could not be checked is a problem of its evidence."""
    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        return tuple(pool.map(partial(_check, scene), parts))


def evidence_of(results: Iterable[Result]) -> Evidence:
    """All of it as one."""
    return collect(result.evidence for result in results)


def _check(scene: Scene, part: Part) -> Result:
    start = time.perf_counter()
    try:
        result = _result(part, CHECKS[part](scene))
    except NotCheckedError as error:
        result = _unchecked(part, error)
    return replace(result, seconds=time.perf_counter() - start)


def _result(part: Part, checked: Checked | None) -> Result:
    if checked is None:
        return Result(part=part, status=Status.NOTHING, detail="")
    status = Status.PARTLY if checked.evidence.problems else Status.CHECKED
    return Result(part=part, status=status, detail=checked.what, tools=checked.tools, evidence=checked.evidence)


def _unchecked(part: Part, error: NotCheckedError) -> Result:
    detail = error.in_one_line
    found = problem(Problem.NOT_CHECKED, f"{part} was not checked: {detail}", tool=f"sluice audit {part}", package=part)
    return Result(part=part, status=Status.NOT_CHECKED, detail=detail, evidence=Evidence(problems=(found,)))
