"""Where embedded servers live on this machine, and the locks on those folders.

``servers/`` holds what was fetched, ``templates/`` data folders that servers start from, ``data/`` those of running
servers, ``spares/`` those that wait for the next server. Everything is under one root that the user a server runs as
can reach: its own cache folder, or one of the system when that user is another (root's home is closed to others).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import anyio
import anyio.to_thread
from msgspec import Struct

from sluice.machine.locks import take_lock
from sluice.services.embedded.identity import can_reach
from sluice.services.protocol import Identity
from sluice.source.errors import UnavailableError

_POLL_SECONDS = 0.02
LOCK_SECONDS = 600.0


class Folders(Struct, frozen=True, kw_only=True):
    """The folders of embedded servers; each is made when it is first used."""

    root: Path
    identity: Identity | None

    @property
    def servers(self) -> Path:
        """Fetched servers, one folder a version."""
        return self._made("servers")

    @property
    def templates(self) -> Path:
        """Data folders to copy."""
        return self._made("templates")

    @property
    def spares(self) -> Path:
        """Data folders that servers no longer use, each made like its template again."""
        return self._made("spares")

    @property
    def locks(self) -> Path:
        """Lock files."""
        return self._made("locks")

    @property
    def data(self) -> Path:
        """Data folders of running servers."""
        return self._made("data")

    def _made(self, name: str) -> Path:
        folder = self.root / name
        try:
            for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
                missing.mkdir(mode=0o700, exist_ok=True)
                if self.identity is not None:  # whatever the umask: the server passes through
                    missing.chmod(0o711)
        except OSError as error:
            raise UnavailableError(f"Servers can't be kept in {self.root}: {error.strerror}") from error
        return folder

    def give(self, path: Path) -> None:
        """Let the server own a folder."""
        if self.identity is not None:
            os.chown(path, self.identity.user, self.identity.group)


def find_folders(identity: Identity | None, environment: Mapping[str, str] = os.environ) -> Folders:
    """The folders for servers that run as ``identity`` (``None``: as this process)."""
    for root in _roots(environment):
        if can_reach(root, identity) and _is_ours(root):
            return Folders(root=root, identity=identity)
    raise UnavailableError("No folder for servers can be reached by the user they run as", hint="set SLUICE_HOME")


def _roots(environment: Mapping[str, str]) -> Iterator[Path]:
    import platformdirs  # noqa: PLC0415  # only when it is needed: it would slow down every start

    home = environment.get("SLUICE_HOME", "")
    cache = Path(home).expanduser().absolute() / "cache" if home else platformdirs.user_cache_path("sluice")
    yield cache / "servers"
    yield Path("/var/cache/sluice/servers")
    yield Path(tempfile.gettempdir()) / f"sluice-servers-{os.geteuid()}"


def _is_ours(root: Path) -> bool:
    """A folder that someone else made in a shared place could hold programs of theirs."""
    try:
        return root.stat().st_uid == os.geteuid()
    except FileNotFoundError:
        return True
    except OSError:
        return False


@contextlib.contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold a lock among processes and threads; raises ``UnavailableError`` when another keeps it for so long."""
    end = time.monotonic() + seconds
    with path.open("ab") as file:
        while not take_lock(file.fileno()):
            if time.monotonic() > end:
                raise UnavailableError(f"Another process has held {path} for {seconds:.0f} seconds")
            time.sleep(_POLL_SECONDS)
        yield


def own_place(root: Path, prefix: str) -> Path:
    """A new folder for whoever holds the prefix's lock: older ones were left by processes that ended.

    The prefix ends with a sign that no name has, so that it begins no other's.
    """
    for left in root.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=root))


class DataFolder:
    """The folder of one running server: locked as long as this process lives, so that others know a leftover."""

    def __init__(self, folders: Folders, name: str) -> None:
        with locked(folders.locks / "data"):
            _sweep(folders.data)
            self.path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folders.data))
            self.path.chmod(0o711)
            self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove it with all it holds; twice is no error."""
        if self._lock < 0:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1


@contextlib.asynccontextmanager
async def starting_in(folders: Folders, name: str, fill: Callable[[Path], None]) -> AsyncIterator[DataFolder]:
    """A data folder for a server that is about to start, filled by ``fill``; removed when that or the block fails."""
    with anyio.CancelScope(shield=True):  # a folder that was made must be known here, to be removed
        data = await anyio.to_thread.run_sync(DataFolder, folders, name)
    try:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(fill, data.path)
        yield data
    except BaseException:
        data.remove()
        raise


def _sweep(data: Path) -> None:
    """Remove the data folders of processes that are gone."""
    for folder in data.iterdir():
        with contextlib.suppress(OSError):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    with (folder / "lock").open("ab") as file:
        return take_lock(file.fileno())
