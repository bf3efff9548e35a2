"""``sluice.toml`` as every command reads it: a table that nobody knows is an error, each at its own place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sluice.app.auditing import load_both
from sluice.app.images import policy_of
from sluice.app.judging.gating import load_policy
from sluice.app.releasing.project import read_settings
from sluice.app.settings import load_settings
from sluice.source.errors import InvalidInputError

MISSPELT = "[run]\njobs = 1\n\n[enviroment.staging]\nwatch = 2\n\n[realease]\ntag-prefix = ''\n\n[[wave]]\n"
READERS: dict[str, Callable[[Path], object]] = {
    "run": load_settings,
    "release": read_settings,
    "image": policy_of,
    "gate": lambda root: load_policy(root, None),
    "audit": lambda root: load_both(root, {}),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_reports_each_misspelt_table_at_its_own_place(tmp_path: Path, reader: str) -> None:
    (tmp_path / "sluice.toml").write_text(MISSPELT, encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        READERS[reader](tmp_path)
    assert [
        (one.span.start.line, one.span.start.column, one.message, one.hint) for one in caught.value.diagnostics
    ] == [
        (4, 2, "'enviroment' is no key of sluice.toml", "did you mean 'environment'?"),
        (7, 2, "'realease' is no key of sluice.toml", "did you mean 'release'?"),
        (10, 3, "'wave' is no key of sluice.toml", "did you mean 'waive'?"),
    ]
