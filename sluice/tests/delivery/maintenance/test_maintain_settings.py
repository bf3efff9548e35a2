"""``[maintain]``: what it says, and errors with line, key and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sluice.delivery.maintenance.settings import MaintainSettings, Recovery, read_maintenance
from sluice.source.diagnostics import Diagnostic
from sluice.source.toml.table import read_document

FULL = """\
[maintain]
public = ["src/cli/**"]
docs = ["docs/**"]
keep-days = 30
free-percent = 5
packages = ["app"]

[maintain.recovery.database]
backup = "backups/latest.dump"
postgresql = "16"
verify = ["SELECT count(*) FROM miners"]
environment = "staging"
database = "DATABASE_URL"
limit = 300
newest-days = 2
"""


def read(text: str) -> tuple[MaintainSettings, Sequence[Diagnostic]]:
    document = read_document(text, "sluice.toml")
    return read_maintenance(document), document.found


def test_everything_that_can_be_said() -> None:
    settings, found = read(FULL)
    assert not found
    assert settings == MaintainSettings(
        public=("src/cli/**",),
        docs=("docs/**",),
        keep_days=30,
        free_percent=5,
        packages=("app",),
        recovery=(
            Recovery(
                name="database",
                backup="backups/latest.dump",
                postgresql="16",
                verify=("SELECT count(*) FROM miners",),
                environment="staging",
                database="DATABASE_URL",
                limit=300,
                newest_days=2,
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[maintain]\nkeep = 3", 2, "'keep' is no key of [maintain]"),
        ('[maintain]\npublic = ["a**b["]', 2, "public: the pattern"),
        ("[maintain]\nkeep-days = -1", 2, "'keep-days' must be a number of days, 0 or more"),
        ("[maintain]\nrecovery = 3", 2, "'recovery' must be a table"),
        ("[maintain.recovery.a]\n", 1, "a drill recovers something"),
        ('[maintain.recovery.a]\nbackup = "x"', 1, "'verify' needs a query"),
        ('[maintain.recovery.a]\nbackup = "x"\nfetch = "y"\nverify = ["z"]', 3, "one of 'backup' and 'fetch'"),
        ('[maintain.recovery.a]\nenvironment = "x"\ndatabase = "Y"', 3, "'database' needs a backup and an environment"),
    ],
)
def test_errors_say_where_and_what(text: str, line: int, message: str) -> None:
    _, found = read(text)
    assert message in found[0].message
    assert found[0].span.start.line == line
