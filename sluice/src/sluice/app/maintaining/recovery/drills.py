"""Every drill of ``[maintain.recovery]``, one after the other, each against its limit."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct, field

from sluice.app.maintaining.recovery.database import check_version, restore
from sluice.app.maintaining.recovery.deployment import deploy_from_nothing
from sluice.app.maintaining.scene import Scene
from sluice.delivery.maintenance.model import DAY, Finding, Section
from sluice.delivery.maintenance.settings import Recovery
from sluice.services.errors import ServiceError
from sluice.services.temporary import temporary_postgresql
from sluice.source.errors import SluiceError
from sluice.targets.protocol import TargetError
from sluice.views.text.wording import duration


class _Outcome(Struct, kw_only=True):
    failures: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def rehearse_recovery(scene: Scene) -> Section:
    """What fails or takes too long needs a person; without a drill nobody knows whether anything can be recovered."""
    drills = scene.maintenance.recovery
    if not drills:
        return Section(unseen=("no drill is configured: [maintain.recovery.NAME] of sluice.toml",))
    outcomes = [(drill, _carry_out(scene, drill)) for drill in drills]
    return Section(
        findings=tuple(_finding(drill, text) for drill, outcome in outcomes for text in outcome.failures),
        facts=tuple(f"{drill.name}: {text}" for drill, outcome in outcomes for text in outcome.facts),
        unseen=tuple(f"{drill.name}: {text}" for drill, outcome in outcomes for text in outcome.unseen),
    )


def _finding(drill: Recovery, text: str) -> Finding:
    commands = ["sluice maintain quarterly --only recovery"]
    if drill.environment:
        commands.append(f"sluice deploy logs {drill.environment}")
    return Finding(text=f"{drill.name}: {text}", commands=tuple(commands))


def _carry_out(scene: Scene, drill: Recovery) -> _Outcome:
    outcome, began = _Outcome(), time.monotonic()
    try:
        check_version(drill)
        _recover(scene, drill, outcome, began + drill.limit)
    except (TargetError, ServiceError) as error:
        outcome.failures.append(_in_full(error))
    except SluiceError as error:
        outcome.unseen.append(_in_full(error))
    took = time.monotonic() - began
    outcome.facts.append(f"took {duration(took) or '0s'} of {duration(drill.limit)}")
    if took > drill.limit:
        outcome.failures.append(f"took {took:.1f} s, more than its limit of {drill.limit:g} s")
    return outcome


def _recover(scene: Scene, drill: Recovery, outcome: _Outcome, deadline: float) -> None:
    with _database(scene, drill, outcome, deadline) as address:
        if drill.environment:
            outcome.facts.append(deploy_from_nothing(scene, drill, address))


@contextmanager
def _database(scene: Scene, drill: Recovery, outcome: _Outcome, deadline: float) -> Iterator[str | None]:
    if not drill.has_backup:
        yield None
        return
    outcome.failures += _too_old(scene, drill)
    with (
        tempfile.TemporaryDirectory(prefix="sluice-recovery-") as folder,
        temporary_postgresql(drill.postgresql) as found,
    ):
        restored = restore(scene.root, drill, found, Path(folder), deadline)
        outcome.facts += restored.facts
        outcome.failures += restored.failures
        yield found


def _too_old(scene: Scene, drill: Recovery) -> Iterator[str]:
    backup = scene.root / drill.backup
    if drill.newest_days and drill.backup and backup.exists():
        days = (scene.span.until - backup.stat().st_mtime) / DAY
        if days > drill.newest_days:
            yield f"the backup is {days:.0f} days old, more than {drill.newest_days:g}"


def _in_full(error: SluiceError) -> str:
    hint = " ".join((error.hint or "").split())
    return f"{error.message}{f' ({hint})' if hint else ''}"
