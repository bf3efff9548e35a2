"""The security audit, whole but for the ages, which the week looks at."""

from __future__ import annotations

from sluice.app.maintaining.dependencies import audited
from sluice.app.maintaining.scene import Scene
from sluice.audit.model import Part
from sluice.delivery.maintenance.model import Section


def look_at_security(scene: Scene) -> Section:
    """What ``sluice audit`` finds and does not find."""
    return audited(scene, tuple(part for part in Part if part is not Part.AGE and part not in scene.audit.skip))
