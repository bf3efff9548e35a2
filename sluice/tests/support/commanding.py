"""The command line in the process of the tests: what a person types, without the start of an interpreter."""

from __future__ import annotations

import sys
from subprocess import CompletedProcess
from unittest.mock import patch

from click.testing import CliRunner

from sluice.cli.main import main


def sluice(*words: str, given: str | None = None) -> CompletedProcess[str]:
    """What ``sluice`` prints for these words and exits with; ``given`` is its standard input."""
    named = patch.object(sys.modules["__main__"], "__package__", None)  # click asks it for the program's name
    with CliRunner().isolation(given) as (output, errors, _), patch.object(sys, "argv", ["sluice", *words]), named:
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int), code
    return CompletedProcess(words, code, output.getvalue().decode(), errors.getvalue().decode())
