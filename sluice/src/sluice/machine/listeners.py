"""Who listens at a TCP port of this machine, as far as /proc tells this user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LISTENS = "0A"
_PROC = Path("/proc")


def who_listens(port: int) -> str:
    """``python3 (process 42)``, the first one found; empty where nobody does, or whose it is can't be seen."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not sockets:
        return ""
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if any(str(entry.readlink()) in sockets for entry in (folder / "fd").iterdir()):
                return (
                    f"{(folder / 'comm').read_text(encoding='utf-8', errors='replace').strip()} (process {folder.name})"
                )
    return ""


def _inodes(port: int) -> Iterator[str]:
    """Of the sockets that listen there. Fields: a number, the address with its port in hexadecimal, the other side's,
    the state, and the inode as the tenth.
    """
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for row in (_PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = row.split()
                if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]
