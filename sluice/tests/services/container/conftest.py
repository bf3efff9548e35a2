"""A real container engine: the machine's own, or one started for the tests by root where ``dockerd`` is there."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sluice.services.container.engine import Engine, connect, find_address
from sluice.source.errors import UnavailableError

IMAGE = "sluice-test/busybox:1"
_SECONDS = 20


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with _address() as address:
        found = connect({"DOCKER_HOST": address})
        found.translated(lambda: _import_image(found))
        yield found
        found.close()


@contextmanager
def _address() -> Iterator[str]:
    address = find_address()
    if address is not None and _answers(address):
        yield address
    elif os.geteuid() == 0 and shutil.which("dockerd"):
        with _daemon() as address:
            yield address
    else:
        pytest.skip("no container engine runs here, and none can be started")


@contextmanager
def _daemon() -> Iterator[str]:
    """An engine of the tests' own. It leaves the machine's bridge and firewall alone."""
    with tempfile.TemporaryDirectory(prefix="sluice-docker-", ignore_cleanup_errors=True) as name:
        address = f"unix://{name}/docker.sock"
        command = ["dockerd", "--bridge=none", "--iptables=false", "--ip6tables=false", f"--host={address}"]
        folders = [f"--data-root={name}/data", f"--exec-root={name}/exec", f"--pidfile={name}/pid"]
        log = Path(name, "log")
        with log.open("wb") as file, subprocess.Popen([*command, *folders], stdout=file, stderr=file) as process:
            try:
                if not _wait(address, process):
                    pytest.skip(f"dockerd doesn't start here: {log.read_text(encoding='utf-8')[-300:]}")
                yield address
            finally:
                process.terminate()
                process.wait(timeout=30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < end:
        if _answers(address):
            return True
        time.sleep(0.05)  # a daemon gives no event before it answers
    return False


def _answers(address: str) -> bool:
    try:
        connect({"DOCKER_HOST": address}).close()
    except UnavailableError:
        return False
    return True


def _import_image(engine: Engine) -> None:
    """An image made of one static program, since none can be pulled."""
    busybox = shutil.which("busybox")
    if busybox is None or b"statically linked" not in subprocess.check_output(["file", "-L", busybox]):
        pytest.skip("busybox-static is not installed")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "sleep", "httpd", "echo", "cat", "wget", "hostname", "true", "test"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    repository, _, tag = IMAGE.partition(":")
    engine._client.import_image_from_data(
        content.getvalue(), repository=repository, tag=tag, changes=["ENV PATH=/bin", 'CMD ["httpd", "-f", "-p", "80"]']
    )
