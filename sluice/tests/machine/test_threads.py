from __future__ import annotations

import subprocess
import sys
import threading

import anyio
import anyio.lowlevel
import pytest

from sluice.machine.threads import in_daemon_thread

ENDS = """
import threading, anyio
from sluice.machine.threads import in_daemon_thread
async def main():
    with anyio.move_on_after(0.05):
        await in_daemon_thread(threading.Event().wait)
    print("ended")
anyio.run(main)
"""


def test_what_it_returns_and_raises_comes_back() -> None:
    async def main() -> None:
        assert await in_daemon_thread(sorted, [2, 1], reverse=True) == [2, 1]
        with pytest.raises(ZeroDivisionError):
            await in_daemon_thread(divmod, 1, 0)

    anyio.run(main)


def test_others_go_on_meanwhile_and_who_is_cancelled_does_not_wait() -> None:
    release = threading.Event()

    async def main() -> None:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(in_daemon_thread, release.wait)
                await anyio.lowlevel.checkpoint()
                scope.cancel()
        assert scope.cancelled_caught

    anyio.run(main)
    release.set()


@pytest.mark.slow
def test_the_process_ends_without_it() -> None:
    done = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=False, timeout=20)
    assert (done.stdout, done.returncode) == ("ended\n", 0), done.stderr
