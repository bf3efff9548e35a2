"""``gh`` at this server: a socket, and settings that lead there.

``gh`` speaks HTTPS to every host and shows its token to GitHub's own alone; told of an ``http_unix_socket``, it says
the same to that, without TLS.
"""

from __future__ import annotations

import getpass
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from sluice.machine.own_folders import own_folder

_CONFIG = "version: '1'\ngit_protocol: https\nprompt: disabled\nhttp_unix_socket: {socket}\n"
_HOSTS = """\
github.com:
    user: {user}
    oauth_token: {token}
    git_protocol: https
    users:
        {user}:
            oauth_token: {token}
"""


class Way(Struct, frozen=True, kw_only=True):
    """The folder that ``GH_CONFIG_DIR`` is to name, and the socket."""

    settings: Path
    listener: socket.socket


@contextmanager
def way_for_gh(token: str) -> Iterator[Way]:
    """A socket and settings in a folder that its owner alone can enter, for as long as the server lives."""
    folder = own_folder(Path(tempfile.gettempdir()), "sluice-serve-")
    folder.mkdir(mode=0o700)
    settings, place = folder / "gh", folder / "socket"
    with _gone_after(folder), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place))
        listener.listen()
        settings.mkdir(mode=0o700)
        _write(settings / "config.yml", _CONFIG.format(socket=place))
        _write(settings / "hosts.yml", _HOSTS.format(user=getpass.getuser(), token=token))
        yield Way(settings=settings, listener=listener)


@contextmanager
def _gone_after(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    """The token is in it: ``gh`` itself wants it readable by its owner only."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
