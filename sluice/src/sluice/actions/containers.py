"""Why an action that runs in a container can't be had here: which engines were looked for, and what would help."""

from __future__ import annotations

import shutil

from sluice.source.errors import UnavailableError

ENGINES = ("docker", "podman")


def container_refusal(uses: str, what: str) -> UnavailableError:
    """The error for ``uses``; ``what`` says what about it needs a container."""
    found = {name: shutil.which(name) for name in ENGINES}
    tried = [f"{name}: {place or 'not on PATH'}" for name, place in found.items()]
    engine = "" if any(found.values()) else "install Docker or Podman; "
    return UnavailableError(
        f"'{uses}' {what}, and container actions can't be run on this runner yet",
        tried=tried,
        hint=f"{engine}map it to a folder with an action that needs no container (--map-action, [actions.map]), "
        "or run the tool itself in a 'run' step",
    )
