"""A user without root who has a Podman: made up for a test in a namespace whose files say so."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
USER = 54321
NEEDED = ("podman", "runc", "newuidmap", "slirp4netns", "setpriv", "unshare")
PACKAGES = "podman runc uidmap slirp4netns netavark aardvark-dns"
HELPERS = ("/usr/lib/podman", "/usr/libexec/podman")
BECOME = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups")
SETTINGS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""
AS_USER = """set -e
podman import "$1/image.tar" "docker.io/library/$2" >/dev/null 2>&1
podman system service --time=0 "$DOCKER_HOST" 2>"$1/home/podman.log" &
while ! [ -S "$1/run/it.sock" ]; do kill -0 $!; sleep 0.05; done
cd "$1/home/project"
exec "$3" -m sluice run w.yml --verbose
"""


@contextmanager
def rootless_podman(image: str, content: bytes) -> Iterator[Callable[[str], tuple[int, str]]]:
    """Runs a workflow as a user whose Podman has this image: to its exit code and what it said.

    The test is skipped where such a user can't be made up.
    """
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"needs root, to become somebody else, and {', '.join(missing)}: apt-get install {PACKAGES}")
    if not all(any(Path(place, name).exists() for place in HELPERS) for name in ("netavark", "aardvark-dns")):
        pytest.skip(f"needs Podman's network with names: apt-get install {PACKAGES}")
    if subprocess.run([*BECOME, "unshare", "--user", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody but root have user namespaces")
    folder = Path(tempfile.mkdtemp(prefix="sluice-", dir="/tmp"))  # sockets have short names
    try:
        _furnish(folder, content)
        yield lambda workflow: _run(folder, image, workflow)
    finally:
        shutil.rmtree(folder)


def _furnish(folder: Path, content: bytes) -> None:
    folder.chmod(0o755)
    (folder / "image.tar").write_bytes(content)
    (folder / "containers.conf").write_text(SETTINGS, encoding="utf-8")
    for name, line in (
        (
            "passwd",
            f"{Path('/etc/passwd').read_text(encoding='utf-8')}nobodys:x:{USER}:{USER}::{folder}/home:/bin/sh\n",
        ),
        ("group", f"{Path('/etc/group').read_text(encoding='utf-8')}nobodys:x:{USER}:\n"),
        ("subuid", "nobodys:200000:65536\n"),
        ("subgid", "nobodys:200000:65536\n"),
    ):
        (folder / name).write_text(line, encoding="utf-8")
    os.mknod(folder / "tun", 0o020666, os.makedev(10, 200))
    (folder / "tun").chmod(0o666)
    for name in ("home/project", "run"):
        (folder / name).mkdir(parents=True)
    (folder / "run").chmod(0o700)


def _run(folder: Path, image: str, workflow: str) -> tuple[int, str]:
    project = folder / "home/project"
    (project / ".github/workflows").mkdir(parents=True)
    (project / ".github/workflows/w.yml").write_text(workflow, encoding="utf-8")
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qmA"],
    ):
        subprocess.run(["git", *words], cwd=project, check=True)
    subprocess.run(["chown", "-R", f"{USER}:{USER}", folder / "home", folder / "run"], check=True)
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", _script(folder)]
    done = subprocess.run(
        [*command, "it", folder, image, sys.executable], capture_output=True, text=True, check=False, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


def _script(folder: Path) -> str:
    """As root, in a namespace of its own: what the user finds there, then the user."""
    mounts = [f"mount --bind {folder}/{name} /etc/{name}" for name in ("passwd", "group", "subuid", "subgid")]
    variables = {
        "HOME": f"{folder}/home",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "CONTAINERS_CONF": f"{folder}/containers.conf",
        "DOCKER_HOST": f"unix://{folder}/run/it.sock",
    }
    become = f"{' '.join(BECOME)} env -i"
    given = " ".join(f"{name}={value}" for name, value in variables.items())
    lines = [*mounts, f"mount --bind {folder}/tun /dev/net/tun", *_opened(folder, (Path(sys.base_prefix), ROOT))]
    return "\n".join(["set -e", *lines, f"exec {become} {given} bash -c '{AS_USER}' \"$@\"".replace('"$@"', 'it "$@"')])


def _opened(folder: Path, places: Iterable[Path]) -> Iterator[str]:
    """Places in folders that are closed to others, such as root's home, are found in open ones."""
    for number, place in enumerate(places):
        closed = next((one for one in reversed(place.parents) if not one.stat().st_mode & 0o001), None)
        if closed is not None:
            (folder / f"place-{number}").mkdir()
            yield f"mount --bind {place} {folder}/place-{number}"
            yield f"mount -t tmpfs -o mode=755 none {closed}"
            yield f"mkdir -p {place} && mount --bind {folder}/place-{number} {place}"
