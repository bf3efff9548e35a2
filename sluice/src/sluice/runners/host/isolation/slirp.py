"""A way out for the network of a job without root: slirp4netns, one process for each job."""

from __future__ import annotations

import contextlib
import os
import subprocess

import anyio

from sluice.runners.host.isolation.holding import PlaceRefusedError

PROGRAM = "slirp4netns"
_READY_SECONDS = 5


class Slirp:
    """slirp4netns for one job; it ends with this object's descriptor, also when the engine is killed."""

    def __init__(self, process: subprocess.Popen[bytes], line: int) -> None:
        self._process = process
        self._line = line

    @classmethod
    async def connect(cls, pid: int) -> Slirp:
        """Give the network of this process a way out. Raises ``PlaceRefusedError``."""
        ended, line = os.pipe()
        ready, said = os.pipe()
        slirp = cls(_start(pid, ended, said), line)
        os.close(ended)
        os.close(said)
        try:
            with anyio.move_on_after(_READY_SECONDS):
                await anyio.wait_readable(ready)
                if os.read(ready, 1) == b"1":
                    return slirp
        except BaseException:
            slirp.close()
            raise
        finally:
            os.close(ready)
        slirp.close()
        raise PlaceRefusedError("slirp4netns did not get ready")

    def close(self) -> None:
        """End it."""
        os.close(self._line)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)


def _start(pid: int, ended: int, said: int) -> subprocess.Popen[bytes]:
    options = ["--configure", "--mtu=65520", "--disable-host-loopback", f"--exit-fd={ended}", f"--ready-fd={said}"]
    return subprocess.Popen(
        [PROGRAM, *options, str(pid), "eth0"],
        pass_fds=(ended, said),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
