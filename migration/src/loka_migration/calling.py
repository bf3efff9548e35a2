"""What every command needs: the address from `DATABASE_URL`, work that is run, a file that is written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

import click

from loka_migration.errors import MigrationError
from loka_model.address import EXAMPLE, VARIABLE, AddressError, DatabaseAddress

Result = TypeVar("Result")


def address_given() -> DatabaseAddress:
    """The database that `DATABASE_URL` names. Raises ``MigrationError`` with exit code 2."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        raise MigrationError(f"{VARIABLE} is not set", hint=f"export {VARIABLE}={EXAMPLE}", exit_code=2)
    try:
        return DatabaseAddress.parse(text)
    except AddressError as error:
        raise MigrationError(str(error), exit_code=2) from error


def run_work(work: Coroutine[None, None, Result]) -> Result:
    """Run it on a loop of its own."""
    return asyncio.run(work)


def write(output: Path, text: str) -> None:
    """Write a file, in a folder that is made where there is none, and say so. Raises ``MigrationError``."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MigrationError(f"{output} can't be written: {error.strerror}", hint="choose another file") from error
    click.echo(f"Wrote {output}.")
