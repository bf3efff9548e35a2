"""Errors as people read them: what was found, where, what is allowed, what to do."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from sluice.source.diagnostics import Diagnostic, sort_diagnostics
from sluice.source.errors import InvalidInputError, SluiceError, UnavailableError
from sluice.source.rendering import render_diagnostic

_EXTRA = re.compile(r'extra == "([^"]+)"')


def use_colour() -> bool:
    """Whether errors may be coloured (no-color.org)."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ


def missing_extra(error: BaseException) -> UnavailableError | None:
    """What to install for a library that an extra of this package brings; ``None`` for any other error."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return None
    from importlib.metadata import requires

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    module = error.name.partition(".")[0]
    for needed in map(Requirement, requires("sluice-ci") or ()):
        extra = _EXTRA.search(str(needed.marker or ""))
        if extra and canonicalize_name(needed.name) == canonicalize_name(module):
            hint = f"pip install 'sluice-ci[{extra[1]}]'"
            return UnavailableError(f"this needs the library {module}, which is missing", hint=hint)
    return None


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
