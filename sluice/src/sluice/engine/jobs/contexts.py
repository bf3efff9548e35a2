"""What the contexts of a job hold once it has a workspace: folders, the event's file, the token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from sluice.expressions.values import Dictionary, Value, extended, to_python
from sluice.runners.protocol import WorkspacePaths


def placed_contexts(contexts: Mapping[str, Value], paths: WorkspacePaths) -> dict[str, Value]:
    """The contexts with ``github`` and ``runner`` completed; the event's payload is written to a file of the job."""
    placed = dict(contexts)
    placed["github"] = _github(contexts, paths)
    placed["runner"] = _runner(contexts, paths)
    return placed


def _github(contexts: Mapping[str, Value], paths: WorkspacePaths) -> Dictionary:
    github, secrets = extended(contexts["github"], {}), extended(contexts["secrets"], {})
    github["workspace"] = str(paths.workspace)
    github["event_path"] = str(_write_event(github.get("event"), paths.temp))
    github["token"] = secrets.get("GITHUB_TOKEN", "")
    return github


def _write_event(event: Value, temp: Path) -> Path:
    path = temp / "_github_workflow" / "event.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(to_python(event), indent=2), encoding="utf-8")
    return path


def _runner(contexts: Mapping[str, Value], paths: WorkspacePaths) -> Dictionary:
    folders = {"temp": paths.temp, "tool_cache": paths.tools, "workspace": paths.workspace.parent}
    return extended(contexts["runner"], {name: str(folder) for name, folder in folders.items()})
