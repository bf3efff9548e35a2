"""The manifest of a built-in action, from a text in the form of an ``action.yml``."""

from __future__ import annotations

from sluice.workflow.action_parser import parse_action
from sluice.workflow.model import ActionManifest


def read_manifest(text: str, name: str) -> ActionManifest:
    """The manifest; a mistake in it is a bug."""
    manifest, found = parse_action(text, f"built-in {name}")
    if manifest is None or found:
        raise ValueError(f"the manifest of the built-in {name} is wrong: {found}")
    return manifest
