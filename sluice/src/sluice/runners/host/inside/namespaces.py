"""The system calls that give a process namespaces of its own: user, mount, process and network ones.

Every function raises ``OSError`` naming the step, which the keeper reports: the engine then asks for less.
"""

from __future__ import annotations

import ctypes
import os
from _collections_abc import Iterable

from sluice.runners.host.inside import signals

FLAGS = {"user": 0x10000000, "mount": 0x00020000, "pid": 0x20000000, "network": 0x40000000, "ipc": 0x08000000}
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_SLAVE = 2, 4, 8, 4096, 16384, 1 << 19
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36

_library = ctypes.CDLL(None, use_errno=True)


def _check(result: int, step: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def control(option: int, value: int) -> None:
    """``prctl`` with one argument; a kernel without the option is no error."""
    _library.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def end_with_parent() -> None:
    """Be killed when the parent ends."""
    control(PR_SET_PDEATHSIG, signals.SIGKILL)


def adopt_orphans() -> None:
    """Be the parent of every descendant that loses its own, as the first process of a namespace is."""
    control(PR_SET_CHILD_SUBREAPER, 1)


def unshare(names: Iterable[str]) -> None:
    """Leave the namespaces of these names. A new user namespace maps the own user and group to themselves."""
    flags = sum(FLAGS[name] for name in names)
    user, group = os.geteuid(), os.getegid()
    _check(_library.unshare(flags), "unshare")
    if flags & FLAGS["user"]:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:  # noqa: PTH123 - pathlib would double this process's start-up time
            file.write(text)
    except OSError as error:
        raise OSError(error.errno, f"{path}: {error.strerror}") from error


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """``mount(2)``."""
    result = _library.mount(source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None)
    _check(result, f"mount {target}")


def keep_mounts_inside() -> None:
    """Mounts made from here on stay in this namespace; the machine's later ones still arrive."""
    mount("none", "/", flags=MS_REC | MS_SLAVE)


def mount_processes() -> None:
    """A ``/proc`` that shows this process namespace."""
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)


def replace_folder(target: str, source: str, visible: Iterable[str]) -> None:
    """Put the folder ``source`` where ``target`` is; the paths ``visible`` below ``target`` stay where they are."""
    kept = _below(target, visible)
    mount(source, target, flags=MS_BIND)
    _put_back(kept)


def private_shared_memory(visible: Iterable[str]) -> None:
    """An empty ``/dev/shm`` but for the paths ``visible`` below it."""
    target = "/dev/shm"  # noqa: S108 - the place is the point
    kept = _below(target, visible)
    mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    _put_back(kept)


def _below(target: str, visible: Iterable[str]) -> list[tuple[str, int]]:
    paths = (path for path in sorted(visible) if path.startswith(f"{target}/") and _exists(path))
    return [(path, os.open(path, os.O_PATH)) for path in paths]


def _put_back(kept: Iterable[tuple[str, int]]) -> None:
    for path, descriptor in kept:
        _make_place(path, descriptor)
        mount(f"/proc/self/fd/{descriptor}", path, flags=MS_BIND | MS_REC)
        os.close(descriptor)


def overlay(target: str, store: str, kept: Iterable[str], hidden: Iterable[str]) -> None:
    """Lay a folder over itself whose changes go to ``store`` (mount(8), overlay): what is there is only read.

    The entries ``kept`` stay those of the folder, changes and all; ``hidden`` are not to be seen. Where the kernel or
    the file system has no such thing, ``store/upper`` is not there afterwards.
    """
    upper, work = f"{store}/upper", f"{store}/work"
    for folder in (store, upper, work):
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - as above
    descriptors = [(name, os.open(f"{target}/{name}", os.O_PATH)) for name in kept if _exists(f"{target}/{name}")]
    own = "" if os.geteuid() == 0 else ",userxattr"
    try:
        mount("overlay", target, "overlay", data=f"lowerdir={target},upperdir={upper},workdir={work}{own}")
    except OSError:
        os.rmdir(upper)  # noqa: PTH106 - as above
        return
    finally:
        _bind_back(target, descriptors)
    for name in hidden:
        if _exists(f"{target}/{name}"):
            os.unlink(f"{target}/{name}")  # noqa: PTH108 - as above


def _bind_back(target: str, kept: Iterable[tuple[str, int]]) -> None:
    for name, descriptor in kept:
        mount(f"/proc/self/fd/{descriptor}", f"{target}/{name}", flags=MS_BIND | MS_REC)
        os.close(descriptor)


def _exists(path: str) -> bool:
    return os.access(path, os.F_OK)


def _make_place(path: str, descriptor: int) -> None:
    is_folder = (os.fstat(descriptor).st_mode & 0o170000) == 0o040000
    os.makedirs(path if is_folder else path.rpartition("/")[0], exist_ok=True)  # noqa: PTH103 - as above
    if not is_folder and not _exists(path):
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
