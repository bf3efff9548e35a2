"""The process that holds one job: it makes the namespaces, starts the job's processes and tells how they ended.

It is the first process of the job's process namespace, so that its end is the end of every process of the job. Where
there is no such namespace it is the parent of the job's orphans, and ends them all before it ends itself. It ends as
soon as the engine's end of its socket is closed, which the kernel does for an engine that was killed; in a namespace
also with the spawner, which sees the same.
"""

from __future__ import annotations

import _socket as socket
import errno
import os
import select
from _collections_abc import Callable, Iterable, Iterator, Sequence

from sluice.runners.host.inside import namespaces, netlink, network, signals, tree, wire

IGNORED_BY_PYTHON = (signals.SIGPIPE, signals.SIGXFSZ)


class Request:
    """What the engine asks for, out of the message's groups of strings.

    ``temp`` is the folder that the job sees as its temporary one, ``visible`` what stays to be seen below, ``files``
    pairs of a file and the one that takes its place, ``outside`` an address pool or nothing. ``layers`` are pairs of a
    folder and where the job's changes of it go, with entries that stay ``shared`` and others that are ``hidden``.
    """

    def __init__(self, body: bytes) -> None:
        (self.namespaces, (self.temp,), self.visible, files, layers, self.shared, self.hidden, self.outside) = (
            wire.unpack(body)
        )
        self.files = list(zip(files[::2], files[1::2], strict=True))
        self.layers = list(zip(layers[::2], layers[1::2], strict=True))


def hold(control: socket.socket, life: int, body: bytes, umask: int) -> None:
    """Run one job's keeper; returns when the job is over. ``life`` stays open until its last process is gone. A job
    without namespaces has the engine's ``umask``.
    """
    request = Request(body)
    if not request.namespaces:
        os.umask(umask)
        _keep_without_namespaces(control)
        return
    try:
        _separate(request)
    except OSError as error:
        _tell(control, _failure(0, error))
        return
    namespaces.end_with_parent()  # and the keeper with this one: also where it is stopped, and sees no socket close
    keeper = os.fork()
    if keeper == 0:
        os.close(life)  # only the parent may hold it: it ends after the kernel has ended all of the namespace
        namespaces.end_with_parent()
        _keep(control, request)
        os._exit(0)
    control.close()
    os.waitpid(keeper, 0)


def _keep_without_namespaces(control: socket.socket) -> None:
    """What leaves its parent, its session or the mark in its environment is still below this process."""
    namespaces.adopt_orphans()
    keeper, own = Keeper(control, apart=False), os.getpid()
    try:
        keeper.run()
    finally:
        tree.kill(lambda table: tree.below(own, table), keeper.reap)


def _keep(control: socket.socket, request: Request) -> None:
    try:
        _furnish(request)
    except OSError as error:
        _tell(control, _failure(0, error))
        return
    Keeper(control, apart=True).run()


def _separate(request: Request) -> None:
    outer = netlink.Socket(netlink.ROUTE) if request.outside else None
    namespaces.unshare(request.namespaces)
    if "network" in request.namespaces:
        network.connect(outer, request.outside)


def _furnish(request: Request) -> None:
    namespaces.keep_mounts_inside()
    for target, source in request.files:
        namespaces.mount(source, os.path.realpath(target), flags=namespaces.MS_BIND)
    for target, store in request.layers:
        namespaces.overlay(os.path.realpath(target), store, request.shared, request.hidden)
    namespaces.replace_folder("/tmp", request.temp, request.visible)  # noqa: S108 - to be hidden
    namespaces.private_shared_memory(request.visible)
    namespaces.mount_processes()


def _tell(control: socket.socket, packets: Iterable[bytes], descriptor: int | None = None) -> None:
    """Send one message, and a descriptor with its first packet."""
    rights = [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptor.to_bytes(4, "little"))]
    try:
        for packet in packets:
            control.sendmsg([packet], rights)
            rights = []
    except OSError:
        return  # the engine is gone: the next look at the socket says so


def _failure(number: int, error: OSError | ValueError) -> Iterator[bytes]:
    code = (error.errno or 0) if isinstance(error, OSError) else errno.EINVAL
    return wire.packets(wire.FAILED, number, code, str(error).encode("utf-8", "replace"))


class Keeper:
    """Starts and ends processes as the engine says; ``apart`` is whether it numbers processes otherwise than that."""

    def __init__(self, control: socket.socket, *, apart: bool) -> None:
        self._control = control
        self._apart = apart
        self._assembler = wire.Assembler()
        self._descriptors: dict[int, list[int]] = {}
        self._started: dict[int, int] = {}  # message number -> process, also when it has ended
        self._numbers: dict[int, int] = {}  # living process -> message number
        self._answers: dict[int, Callable[[int, int, bytes], None]] = {
            wire.START: self._start,
            wire.SIGNAL: self._signal,
            wire.KILL_TREE: self._kill_tree,
            wire.LISTEN: self._listen,
        }

    def run(self) -> None:
        """Serve until the engine is gone, then end what is left."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signals.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signals.signal(signals.SIGCHLD, lambda *_: None)
        self._tell_process(wire.READY, 0, os.getpid())
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(reader, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == reader:
                    os.read(reader, 4096)
                    self.reap()
                elif not self._receive():
                    return  # the first process of a namespace takes all others with it

    def _receive(self) -> bool:
        try:
            packet, ancillary = wire.receive(self._control, socket.CMSG_SPACE(16))
        except OSError:
            return False
        if not packet:
            return False
        number = wire.HEADER.unpack_from(packet)[2]
        passed = wire.descriptors(ancillary)
        if passed:
            self._descriptors[number] = passed
        message = self._assembler.add(packet)
        if message is not None:
            kind, number, value, body = message
            self._answers[kind](number, value, body)
        return True

    def _start(self, number: int, _value: int, body: bytes) -> None:
        descriptors = self._descriptors.pop(number, [])
        (program, directory), command, pairs = wire.unpack(body)
        environment = dict(pair.split("=", 1) for pair in pairs)
        try:
            process = _spawn(program, command, environment, directory, descriptors)
        except (OSError, ValueError) as error:
            _tell(self._control, _failure(number, error))
            return
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self._started[number] = process
        self._numbers[process] = number
        self._tell_process(wire.STARTED, number, process)

    def _tell_process(self, kind: int, number: int, process: int) -> None:
        """Name the process in credentials: the kernel translates its number for the engine's namespace."""
        if not self._apart:
            _tell(self._control, wire.packets(kind, number, process))
            return
        credentials = wire.CREDENTIALS.pack(process, os.geteuid(), os.getegid())
        (packet,) = wire.packets(kind, number, process)
        try:
            self._control.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_CREDENTIALS, credentials)])
        except OSError:
            return

    def _signal(self, number: int, value: int, _body: bytes) -> None:
        if number in self._started:
            try:
                os.killpg(self._started[number], value)
            except OSError:
                return

    def _kill_tree(self, number: int, _value: int, _body: bytes) -> None:
        done = True
        if number in self._started:
            done = tree.kill(lambda table: self._tree(number, table), self.reap)
        _tell(self._control, wire.packets(wire.KILLED, number, int(done)))

    def _tree(self, number: int, table: dict[int, tree.Entry]) -> set[int]:
        root = self._started[number]
        bearer = self._numbers.get(root)  # another message's where the kernel gave the process's number once more
        return tree.tree(root, os.getpid(), table, reaped=bearer is None) if bearer in (None, number) else set()

    def _listen(self, number: int, value: int, body: bytes) -> None:
        ((kind, host),) = wire.unpack(body)
        family = socket.AF_UNIX if kind == "unix" else socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
            try:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(f"\0{host}" if kind == "unix" else (host, value))
                if kind != "udp":
                    listener.listen(128)
                _tell(self._control, wire.packets(wire.LISTENING, number), listener.fileno())
            finally:
                listener.close()
        except OSError as error:
            _tell(self._control, _failure(number, error))

    def reap(self) -> None:
        """Collect what ended, orphans too."""
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if process == 0:
                return
            number = self._numbers.pop(process, None)
            if number is not None:
                code = os.waitstatus_to_exitcode(status)
                _tell(self._control, wire.packets(wire.EXITED, number, 128 - code if code < 0 else code))


def _spawn(
    program: str, command: Sequence[str], environment: dict[str, str], directory: str, descriptors: Sequence[int]
) -> int:
    """Start a process with descriptors for its input and its output, in a session of its own."""
    standard_input, output = descriptors
    os.chdir(directory)
    places = [
        (os.POSIX_SPAWN_DUP2, standard_input, 0),
        (os.POSIX_SPAWN_DUP2, output, 1),
        (os.POSIX_SPAWN_DUP2, output, 2),
    ]
    return os.posix_spawn(
        program, list(command), environment, file_actions=places, setsid=True, setsigdef=IGNORED_BY_PYTHON
    )
