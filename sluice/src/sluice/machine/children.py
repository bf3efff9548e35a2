"""Children of this process: waited for without a thread, their exit codes as a shell shows them."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator

import anyio
import anyio.to_thread


async def wait_for_child(process: subprocess.Popen[bytes]) -> None:
    """Until it has ended; its exit code is not collected."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (OSError, AttributeError):  # it is gone, or this system has no such call
        await anyio.to_thread.run_sync(process.wait, abandon_on_cancel=True)
        return
    try:
        await anyio.wait_readable(descriptor)
    finally:
        os.close(descriptor)


def shell_code(code: int) -> int:
    """``subprocess`` gives ``-n`` after signal ``n``, a shell ``128 + n``."""
    return code if code >= 0 else 128 - code


def signal_group(group: int, number: int) -> None:
    """To the whole process group; one that is gone is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


_KEEPER = 'read -r told; [ -n "$told" ] || kill -s KILL -- "-$1"'


@contextlib.contextmanager
def dying_with_us(group: int) -> Iterator[None]:
    """Meanwhile a process group is killed when this process ends, ``kill -9`` included."""
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, "sh", str(group)], stdin=subprocess.PIPE, cwd="/", start_new_session=True
    )
    try:
        yield
    finally:
        with contextlib.suppress(BrokenPipeError):
            keeper.communicate(b"over\n")
