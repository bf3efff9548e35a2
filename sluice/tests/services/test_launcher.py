from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from sluice.services.launcher import LocalLauncher
from sluice.services.protocol import Identity, Launch
from sluice.source.errors import UnavailableError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def launch(tmp_path: Path) -> Launch:
    return Launch(
        command=("/bin/sh", "-c", "echo $A; pwd; exit 3"),
        environment={"A": "1"},
        directory=tmp_path,
        log=tmp_path / "log",
    )


async def test_a_process_has_just_its_environment_folder_and_log(launch: Launch) -> None:
    process = await LocalLauncher().start(launch)
    assert await process.wait() == 3
    assert process.exit_code() == 3
    process = await LocalLauncher().start(launch)
    await process.wait()
    assert launch.log.read_text(encoding="utf-8") == f"1\n{launch.directory}\n" * 2
    process.signal(signal.SIGTERM)


async def test_a_signal_reaches_the_whole_group(launch: Launch) -> None:
    process = await LocalLauncher().start(replace(launch, command=("/bin/sh", "-c", "sleep 100 & wait")))
    assert process.exit_code() is None
    process.signal(signal.SIGKILL)
    assert await process.wait() == 128 + signal.SIGKILL
    assert os.getpgid(0) != process.pid


async def test_a_program_that_is_not_there_is_told(launch: Launch) -> None:
    with pytest.raises(UnavailableError, match="'/no/such' can't be started"):
        await LocalLauncher().start(replace(launch, command=("/no/such",)))


@pytest.mark.needs_root
async def test_root_becomes_the_identity_and_keeps_no_group(launch: Launch) -> None:
    if os.geteuid() != 0:
        pytest.skip("this is not root")
    command = ("/bin/sh", "-c", "id -u; id -G")
    process = await LocalLauncher().start(
        replace(launch, command=command, environment={"PATH": os.defpath}, identity=Identity(user=65534, group=65534))
    )
    await process.wait()
    assert launch.log.read_text(encoding="utf-8") == "65534\n65534\n"


_PARENT = """
import os, signal, sys
from pathlib import Path
from sluice.services.launcher import start_locally
from sluice.services.protocol import Launch
folder = Path(sys.argv[1])
launch = Launch(command=("sleep", "600"), environment={"PATH": "/bin:/usr/bin"}, directory=folder, log=folder / "log")
print(start_locally(launch).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_server_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _PARENT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    try:
        _, alive = psutil.wait_procs([psutil.Process(int(done.stdout))], timeout=10)
        assert alive == []
    except psutil.NoSuchProcess:
        pass
