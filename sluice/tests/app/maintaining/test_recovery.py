"""Drills of recovery, for real: dumps of ``pg_dump`` into a fresh PostgreSQL, a program deployed from nothing."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployed import Project

from sluice.app.maintaining.recovery.database import check_tar
from sluice.app.maintaining.recovery.drills import rehearse_recovery
from sluice.app.maintaining.scene import Scene
from sluice.app.runs.history import open_store
from sluice.delivery.maintenance.model import Section, Span, Standing
from sluice.services.embedded.postgresql.clients import find_client
from sluice.services.temporary import temporary_postgresql
from sluice.store.places import find_places
from sluice.targets.protocol import TargetError

pytestmark = [pytest.mark.slow, pytest.mark.needs_postgresql]
TABLES = """
CREATE ROLE loka;
CREATE TABLE miners (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE shares (miner int NOT NULL REFERENCES miners, at timestamptz NOT NULL DEFAULT now());
ALTER TABLE miners OWNER TO loka;
INSERT INTO miners (name) SELECT 'miner ' || n FROM generate_series(1, 500) n;
INSERT INTO shares (miner) SELECT id FROM miners, generate_series(1, 20);
"""
DRILL = """
[maintain.recovery.database]
backup = "{backup}"
verify = ["SELECT count(*) = 500 FROM miners", "SELECT count(*) FROM shares"]
limit = 60
"""
Look = Callable[[str], Section]


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One database in each of the forms that pg_dump knows."""
    folder = tmp_path_factory.mktemp("dumps")
    dump = find_client("pg_dump", 15)
    with temporary_postgresql("15") as address:
        psql = [str(find_client("psql", 15)), "--quiet", "--set=ON_ERROR_STOP=1", address]
        subprocess.run(psql, input=TABLES, text=True, check=True)
        for form in ("plain", "custom", "tar", "directory"):
            subprocess.run([dump, f"--format={form}", f"--file={folder / form}", address], check=True)
    (folder / "plain.gz").write_bytes(gzip.compress((folder / "plain").read_bytes()))
    return folder


@pytest.fixture
def look(repository: Path) -> Iterator[Look]:
    with open_store() as store:

        def look_with(settings: str) -> Section:
            (repository / "sluice.toml").write_text(settings, encoding="utf-8")
            span = Span(since=time.time() - 60, until=time.time())
            return rehearse_recovery(Scene(repository, store, find_places(), span))

        yield look_with


def test_without_a_drill_nobody_knows(look: Look) -> None:
    assert look("").unseen == ("no drill is configured: [maintain.recovery.NAME] of sluice.toml",)


@pytest.mark.parametrize("form", ["plain", "custom", "tar", "directory", "plain.gz"])
def test_a_backup_is_restored_and_verified(form: str, dumps: Path, look: Look) -> None:
    section = look(DRILL.format(backup=dumps / form))
    assert section.standing is Standing.FINE, section
    assert "2 tables, 10500 rows" in section.facts[0]
    assert section.facts[1] == "database: 2 of 2 queries agree"
    assert section.facts[2].startswith("database: took ")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("plain", "the backup is cut off"),
        ("custom", "pg_restore ended with 1"),
        ("tar", "the backup is cut off"),
        ("plain.gz", "the backup can't be unpacked"),
    ],
)
def test_a_truncated_backup_is_found(form: str, reason: str, dumps: Path, look: Look, tmp_path: Path) -> None:
    whole = (dumps / form).read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) * 2 // 3])
    section = look(DRILL.format(backup=tmp_path / "cut"))
    assert section.standing is Standing.NEEDED
    assert reason in section.findings[0].text, section


@pytest.mark.parametrize("left", [-512, -1024, -1536, 0.9, 0.75, 0.6, 0.45, 0.3, 0.1])
def test_an_archive_that_ends_anywhere_too_soon_is_found(left: float, dumps: Path, tmp_path: Path) -> None:
    whole = (dumps / "tar").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(left if left < 0 else len(whole) * left)])
    with pytest.raises(TargetError, match="the backup is cut off"):
        check_tar(tmp_path / "cut")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("= 500", "= 501"), "`SELECT count(*) = 501 FROM miners` gives f"),
        (("FROM shares", "FROM earnings"), 'relation "earnings" does not exist'),
        (("SELECT count(*) FROM shares", "SELECT 1 FROM shares WHERE false"), "gives nothing"),
        (("limit = 60", "limit = 0.01"), "more than its limit of 0.01 s"),
        (("limit = 60", "limit = 60\nnewest-days = 2"), "the backup is 5 days old, more than 2"),
    ],
)
def test_a_backup_that_does_not_do(
    change: tuple[str, str], reason: str, dumps: Path, look: Look, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    shutil.copyfile(dumps / "custom", backup)
    os.utime(backup, (time.time() - 5 * 86400,) * 2)
    section = look(DRILL.format(backup=backup).replace(*change))
    assert section.standing is Standing.NEEDED
    assert any(reason in found.text for found in section.findings), section


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no backup"),
        (b"", "is no dump"),
        (b"hello\n", "is no dump"),
        (b"PGDMP", "pg_restore ended with"),
    ],
)
def test_what_is_no_backup(content: bytes | None, reason: str, look: Look, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "backup").write_bytes(content)
    section = look(DRILL.format(backup=tmp_path / "backup"))
    assert reason in section.findings[0].text, section


def test_a_backup_is_fetched(dumps: Path, look: Look) -> None:
    fetch = f'fetch = "cp {dumps / "custom"} $BACKUP"'
    assert look(DRILL.format(backup="").replace('backup = ""', fetch)).standing is Standing.FINE
    section = look(DRILL.format(backup="").replace('backup = ""', 'fetch = "echo no route to host; exit 7"'))
    assert "ended with 7 (no route to host)" in section.findings[0].text


def test_a_version_that_is_none_is_not_looked_at(dumps: Path, look: Look) -> None:
    section = look(DRILL.format(backup=dumps / "custom") + 'postgresql = "lots"\n')
    assert section.standing is Standing.UNSEEN
    assert "'lots' is no version of PostgreSQL" in section.unseen[0]


def test_without_a_client_nothing_is_restored(dumps: Path, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sluice.services.embedded.postgresql.clients.INSTALLED", ())
    monkeypatch.setattr("sluice.services.embedded.postgresql.clients.shutil.which", lambda _: None)
    section = look(DRILL.format(backup=dumps / "custom"))
    assert section.standing is Standing.UNSEEN
    assert "pg_restore, which belongs to PostgreSQL's clients, is not here" in section.unseen[0]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    return Project(tmp_path / "project", tmp_path / "home", 1, 'reviewers = ["ada"]\nbranches = ["release"]')


def recover(project: Project, settings: str) -> Section:
    """A drill of the project, whose settings get these at their end."""
    file = project.root / "sluice.toml"
    file.write_text(file.read_text(encoding="utf-8") + settings, encoding="utf-8")
    with open_store() as store:
        span = Span(since=time.time() - 60, until=time.time())
        return rehearse_recovery(Scene(project.root, store, find_places(), span))


FROM_NOTHING = '\n[maintain.recovery.site]\nenvironment = "staging"\nlimit = 60\n'


def test_an_environment_comes_from_nothing(project: Project, tmp_path: Path) -> None:
    project.commit("v1")
    section = recover(project, FROM_NOTHING)
    assert section.standing is Standing.FINE, section
    assert section.facts[0] == "site: staging deployed from nothing: v1"
    assert project.supervisor() is None, "nothing of it is left"
    assert not (tmp_path / "home/state/environments").exists(), "the real one was not touched"


def test_an_environment_whose_health_never_comes(project: Project) -> None:
    project.commit("ill")
    section = recover(project, FROM_NOTHING.replace("limit = 60", "limit = 60"))
    (found,) = section.findings
    assert "site: ill can't be deployed from nothing: health check failed" in found.text
    assert "sluice deploy logs staging" in found.commands


def test_an_environment_that_takes_too_long(project: Project) -> None:
    project.commit("v1")
    section = recover(project, FROM_NOTHING.replace("limit = 60", "limit = 0.01"))
    assert "more than its limit of 0.01 s" in section.findings[0].text


def test_an_environment_on_its_restored_database(dumps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    project = Project(tmp_path / "project", tmp_path / "home", 1, 'secrets = ["TOKEN"]')
    project.commit("v1")
    asks = f"{find_client('psql', 15)} --tuples-only $TOKEN --command 'SELECT count(*) FROM miners' | grep -q 500"  # noqa: S608
    both = DRILL.format(backup=dumps / "custom") + 'environment = "staging"\ndatabase = "TOKEN"\n'
    section = recover(project, f'\n[environment.staging.verify]\ncommand = "{asks}"\n{both}')
    assert section.standing is Standing.FINE, section
    assert section.facts[2] == "database: staging deployed from nothing: v1"


def test_a_secret_that_is_not_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "home"))
    project = Project(tmp_path / "project", tmp_path / "home", 1, 'secrets = ["TOKEN"]')
    project.commit("v1")
    section = recover(project, FROM_NOTHING)
    assert section.standing is Standing.UNSEEN
    assert "needs the secret TOKEN" in section.unseen[0]
