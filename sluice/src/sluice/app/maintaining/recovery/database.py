"""A backup into a fresh server. In: a drill and a deadline. Out: a restored database, verified; or why it can't be.

A dump that ends before its end, a query that answers with nothing and a database without a table are failures.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sluice.delivery.maintenance.settings import Recovery
from sluice.services.embedded.postgresql.clients import find_client
from sluice.source.errors import UsageError
from sluice.targets.commands import Command, plain_environment, run, shell
from sluice.targets.protocol import TargetError
from sluice.views.text.wording import count, size

_ARCHIVE, _TAR, _TAR_AT = b"PGDMP", b"ustar", 257
_TAR_ENDS = bytes(1024)
_GZIP = b"\x1f\x8b"
_BEGINS, _ENDS = b"-- PostgreSQL database", re.compile(rb"-- PostgreSQL database (?:cluster )?dump complete")
_END_BYTES = 4096
_ROLE = re.compile(rb'(?:OWNER TO|GRANT .* TO|REVOKE .* FROM) ("[^"]+"|\w+)')
_NOBODY = frozenset({"public", "test", "postgres", "current_user", "session_user"})
_COUNTS = (
    "SELECT format('SELECT count(*) FROM %I.%I', schemaname, tablename) FROM pg_tables "
    "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') \\gexec"
)
_EMPTY = frozenset({"", "f", "0"})


class Restored(Struct, frozen=True, kw_only=True):
    """What came of it: ``facts`` in words, ``failures`` in words."""

    facts: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def restore(root: Path, drill: Recovery, address: str, folder: Path, deadline: float) -> Restored:
    """Fetch, restore, verify. ``deadline`` is of ``time.monotonic``. Raises ``TargetError`` for what fails,
    ``UsageError`` and ``UnavailableError`` for what could not be tried.
    """
    backup = _fetched(root, drill, folder, deadline)
    desk = _Desk(address=address, folder=folder, deadline=deadline, major=int(drill.postgresql.partition(".")[0]))
    _load(desk, backup)
    rows = [int(line) for line in desk.ask(_COUNTS).split()]
    if not rows:
        raise TargetError("the backup holds no table")
    failures = [text for query in drill.verify if (text := _answer(desk, query))]
    facts = f"{_bytes(backup)} restored: {count(len(rows), 'table')}, {count(sum(rows), 'row')}"
    return Restored(
        facts=(facts, f"{len(drill.verify) - len(failures)} of {len(drill.verify)} queries agree"),
        failures=tuple(failures),
    )


class _Desk(Struct, frozen=True, kw_only=True):
    """The fresh server and the clients that speak to it."""

    address: str
    folder: Path
    deadline: float
    major: int

    def ask(self, text: str) -> str:
        """What the server answers, unaligned. Raises ``TargetError``."""
        return self._run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", self.address, given=text.encode()
        )

    def load_plain(self, file: Path) -> None:
        """The statements of a plain dump, all or nothing."""
        self._run("psql", "--no-psqlrc", "--quiet", "--single-transaction", f"--file={file}", self.address)

    def load_archive(self, backup: Path) -> None:
        """An archive of ``pg_dump``; owners and grants of roles that are elsewhere are left out."""
        self._run(
            "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={self.address}", str(backup)
        )

    def _run(self, name: str, *words: str, given: bytes | None = None) -> str:
        program = find_client(name, self.major)
        stops = ("--set=ON_ERROR_STOP=1",) if name == "psql" else ()
        command = Command(
            words=[str(program), *stops, *words],
            directory=self.folder,
            environment=plain_environment(),
            timeout=max(1.0, self.deadline - time.monotonic()),
            what=name,
            given=given,
        )
        return run(command)


def _fetched(root: Path, drill: Recovery, folder: Path, deadline: float) -> Path:
    if not drill.fetch:
        backup = root / drill.backup
        if not backup.exists():
            raise TargetError(f"there is no backup {drill.backup}")
        return backup
    backup = folder / "backup"
    command = Command(
        words=shell(drill.fetch),
        directory=root,
        environment={**os.environ, "BACKUP": str(backup)},
        timeout=max(1.0, deadline - time.monotonic()),
        what=f"`{drill.fetch}`",
    )
    run(command)
    if not backup.exists():
        raise TargetError(f"`{drill.fetch}` wrote nothing to $BACKUP")
    return backup


def _load(desk: _Desk, backup: Path) -> None:
    if backup.is_dir():
        desk.load_archive(backup)
        return None
    with backup.open("rb") as file:
        head = file.read(_TAR_AT + len(_TAR))
    if head.startswith(_GZIP):
        return _load(desk, _unpacked(backup, desk.folder))
    if head[_TAR_AT:] == _TAR:
        check_tar(backup)
    if head.startswith(_ARCHIVE) or head[_TAR_AT:] == _TAR:
        return desk.load_archive(backup)
    _check_plain(backup, head)
    for role in sorted(set(_roles(backup)) - _NOBODY):
        desk.ask(f'CREATE ROLE "{role}"')
    return desk.load_plain(backup)


def _unpacked(backup: Path, folder: Path) -> Path:
    import gzip
    import zlib

    target = folder / "unpacked"
    try:
        with gzip.open(backup) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
    except (EOFError, OSError, zlib.error) as error:
        raise TargetError(f"the backup can't be unpacked: {error}") from error
    return target


def check_tar(backup: Path) -> None:
    """``pg_restore`` takes a table's rows for whole where the file ends among them."""
    import tarfile

    try:
        with tarfile.open(backup, "r:") as archive:
            archive.getmembers()
        with backup.open("rb") as file:
            file.seek(-len(_TAR_ENDS), os.SEEK_END)
            whole = file.read() == _TAR_ENDS
    except (tarfile.TarError, OSError) as error:
        raise TargetError(f"the backup is cut off or damaged: {error}") from error
    if not whole:
        raise TargetError("the backup is cut off: the empty blocks that end an archive are missing")


def _check_plain(backup: Path, head: bytes) -> None:
    if _BEGINS not in head:
        raise TargetError("the backup is no dump of pg_dump: it has neither an archive's mark nor a dump's first line")
    with backup.open("rb") as file:
        file.seek(max(0, backup.stat().st_size - _END_BYTES))
        if not _ENDS.search(file.read()):
            raise TargetError("the backup is cut off: its last line, which says that the dump is complete, is missing")


def _roles(backup: Path) -> Iterator[str]:
    """Those that a plain dump gives something to: they belong to the server that it was taken of."""
    with backup.open("rb") as file:
        for row in file:
            if found := _ROLE.search(row):
                yield found[1].decode().strip('"')


def _answer(desk: _Desk, query: str) -> str:
    """Why the answer doesn't do; empty when it does."""
    try:
        rows = desk.ask(query).strip("\n").split("\n")
    except TargetError as error:
        return f"`{query}` fails: {(error.hint or error.message).strip()}"
    return f"`{query}` gives {', '.join(rows)[:80] or 'nothing'}" if len(rows) != 1 or rows[0] in _EMPTY else ""


def _bytes(backup: Path) -> str:
    from sluice.machine.trees import size_of

    return size(size_of(backup))


def check_version(drill: Recovery) -> None:
    """Raise ``UsageError`` for a version that is none."""
    if not drill.postgresql.partition(".")[0].isdecimal():
        raise UsageError(
            f"[maintain.recovery.{drill.name}]: '{drill.postgresql}' is no version of PostgreSQL", hint='"15"'
        )
