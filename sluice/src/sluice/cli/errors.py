"""Errors as people read them: what was found, where, what is allowed, what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.source.errors import InvalidInputError, SluiceError, UnavailableError
from sluice.source.rendering import render_diagnostic

_EXTRAS = {
    "apprise": "notify",
    "docker": "docker",
    "github": "github",
    "keyring": "keyring",
    "prometheus_client": "metrics",
    "semver": "release",
}
"""The extra of the package that brings each library; ``audit`` says by itself what it lacks."""


def missing_extra(error: BaseException) -> UnavailableError | None:
    """What to install where a library of an extra isn't there; ``None`` for any other error."""
    library = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if library not in _EXTRAS:
        return None
    hint = f"install it: pip install 'sluice-ci[{_EXTRAS[library]}]'"
    return UnavailableError(f"this needs the library '{library}', which isn't installed", hint=hint)


def use_colour() -> bool:
    """Whether errors may be coloured (no-color.org)."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ


def show_error(error: SluiceError) -> None:
    """Print an error to stderr."""
    if isinstance(error, InvalidInputError):
        show_diagnostics(error.diagnostics)
        return
    click.echo(f"sluice: {error.message}", err=True)
    if isinstance(error, UnavailableError):
        for tried in error.tried:
            click.echo(f"  tried: {tried}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)


def show_diagnostics(found: tuple[Diagnostic, ...] | list[Diagnostic]) -> None:
    """Print diagnostics with their excerpts to stderr."""
    texts: dict[str, str | None] = {}
    for diagnostic in sort_diagnostics(list(found)):
        file = diagnostic.span.file
        if file not in texts:
            texts[file] = _read(file)
        click.echo(render_diagnostic(diagnostic, texts[file], colour=use_colour()), err=True)


def _read(file: str) -> str | None:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
