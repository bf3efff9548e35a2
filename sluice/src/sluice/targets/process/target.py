"""The target ``process``: each version in a slot of its own, blue or green, under the environment's supervisor."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from sluice.delivery.deployment.policy import ProcessTarget
from sluice.targets.commands import TOLD, Command, mask, plain_environment, run, shell
from sluice.targets.process.building import build, drop_unfinished, prune, release_folder
from sluice.targets.process.control import ask, tell, wait_until_gone
from sluice.targets.process.front import check_addresses
from sluice.targets.process.orders import Answer, Close, Look, Running, Start, Stop, Switch
from sluice.targets.process.records import FILE, Desired, Slot, load, save
from sluice.targets.protocol import Bundle, Ended, Part, Standing, TargetError

_BEFORE = 1800.0
_MARGIN = 15.0
_SHORT = 2.0
_LOGS = 10
_WIDEST = 300
"""Characters of a line that a program printed before it ended."""


class ProcessPlace:
    """Implements ``targets.protocol.Target`` in ``folder``; ``releases`` may be shared by several environments."""

    beside = True

    def __init__(self, target: ProcessTarget, folder: Path, releases: Path) -> None:
        self._target = target
        self._folder = folder
        self._releases = releases

    def prepare(self, bundle: Bundle) -> str:
        """Build the release."""
        return build(self._releases, self._target, bundle)

    def start(self, bundle: Bundle) -> str:
        """Run what comes before, then the new version beside the live one."""
        slot = self._slot(bundle)
        self._refuse_taken_ports()
        if self._target.before:
            self._run_before(bundle, slot)
        answer = tell(self._folder, Start(slot=slot, fronts=self._target.ports))
        running = _version(answer, bundle.number)
        return f"{slot.colour}, {', '.join(f'{name} at port {port}' for name, port in running.ports.items())}".strip(
            ", "
        )

    def checking(self, bundle: Bundle) -> Mapping[str, str]:
        """The program's own variables, with the ports that it has now: an older version has other secrets."""
        running = _version(tell(self._folder, Look()), bundle.number)
        ports = {f"PORT_{name.upper()}": str(port) for name, port in running.ports.items()}
        slot = load(self._folder).slots.get(bundle.number) or self._slot(bundle, running.colour)
        return {**slot.environment, **ports}

    def ended(self, bundle: Bundle) -> Ended:
        """As often as it was started again."""
        running = _version(tell(self._folder, Look()), bundle.number)
        how = f"the program {_how_ended(running)}{self._last_words(bundle)}" if running.restarts else ""
        return Ended(count=running.restarts, how=how)

    def switch(self, bundle: Bundle) -> str:
        """Lead new connections to the new version."""
        answer = tell(self._folder, Switch(number=bundle.number, fronts=self._target.ports))
        if answer.missing:
            raise TargetError("; ".join(answer.missing.values()))
        return ", ".join(answer.fronts.values())

    def retire(self, bundle: Bundle) -> str:
        """End the others, each within the time that it has to drain."""
        others = [one for one in tell(self._folder, Look()).versions if one.number != bundle.number]
        for one in others:
            tell(self._folder, Stop(number=one.number), self._patience())
        self._drop_old_logs()
        self._drop_old_releases()
        return f"ended {', '.join(one.version for one in others)}" if others else "nothing else runs"

    def restore(self, bundle: Bundle | None) -> str:
        """The version as before, started again where it doesn't run any more: at its addresses, or without one that is
        taken meanwhile.
        """
        drop_unfinished(self._releases)
        if bundle is None:
            self._end_all()
            return "nothing is left"
        standing = tell(self._folder, Look())
        if all(one.number != bundle.number for one in standing.versions):
            build(self._releases, self._target, bundle)
            before = load(self._folder).retired.get(bundle.number)
            tell(self._folder, Start(slot=before or self._slot(bundle)))
        tell(self._folder, Switch(number=bundle.number, fronts=self._target.ports))
        return self.retire(bundle)

    def standing(self) -> Standing:
        """As the supervisor says, or without one as it was desired last."""
        answer = ask(self._folder, Look())
        if answer is not None:
            versions = [_part(one, one.number == answer.live) for one in answer.versions]
            missing = [
                Part(name=f"port {name}", state="taken", well=False, detail=why) for name, why in answer.missing.items()
            ]
            return Standing(live=answer.live, parts=(*versions, *missing), addresses=answer.fronts)
        desired = load(self._folder)
        parts = tuple(
            Part(name=f"{slot.colour} {slot.version}", state="down", well=False, detail="the supervisor is gone")
            for slot in desired.slots.values()
        )
        return Standing(live=desired.live, parts=parts, addresses=desired.fronts)

    def kept_variables(self) -> Mapping[str, str]:
        """The environment of the live version's program, which the supervisor starts it again with."""
        desired = load(self._folder)
        slot = desired.slots.get(desired.live or 0)
        return slot.environment if slot is not None else {}

    def kept_secrets(self, names: Collection[str]) -> tuple[str, ...]:
        """As the versions that run and the last that did have them; none after a stop."""
        desired = load(self._folder)
        slots = (*desired.slots.values(), *desired.retired.values())
        found = (slot.environment.get(name) for slot in slots for name in {*slot.secrets, *names})
        return tuple(value for value in found if value)

    def log_files(self) -> tuple[Path, ...]:
        """Each version's log, by the deployment's number."""
        numbered = [path for path in (self._folder / "logs").glob("*.log") if path.stem.isdecimal()]
        return tuple(sorted(numbered, key=lambda path: int(path.stem)))

    def _refuse_taken_ports(self) -> None:
        """Before anything of the new version runs. Raises ``TargetError`` for one that another program has, another
        environment, or the live version by another name.
        """
        answer = ask(self._folder, Look())
        own = answer.fronts if answer is not None else {}
        wanted = {name: place for name, place in self._target.ports.items() if place != own.get(name)}
        _refuse_own(wanted, own)
        for name, place in wanted.items():
            try:
                check_addresses({name: place})
            except OSError as error:
                raise self._taken(name, place, str(error)) from error

    def _taken(self, name: str, place: str, why: str) -> TargetError:
        """With the environment of the same project that has it, where it is one."""
        for file in sorted(self._folder.parent.glob(f"*/{FILE}")):
            other = file.parent.name
            if file.parent != self._folder and any(_meet(place, front) for front in _heard_at(file.parent)):
                return TargetError(
                    f"port '{name}' can't be had at {place}: environment '{other}' of this project has it",
                    hint=f"`sluice deploy stop {other}` frees it; two that run at once need ports of their own",
                )
        return TargetError(why)

    def _run_before(self, bundle: Bundle, slot: Slot) -> None:
        before = self._target.before
        run(
            Command(
                words=shell(before),
                directory=self._release(bundle),
                environment=slot.environment,
                timeout=_BEFORE,
                what=f"`{before}`",
                masked=bundle.secret_values,
            )
        )

    def _end_all(self) -> None:
        patience = self._patience()
        if ask(self._folder, Close(), patience) is None and load(self._folder).slots:
            tell(self._folder, Close(), patience)
        if not self._folder.exists():
            return
        wait_until_gone(self._folder)
        desired = load(self._folder)
        if desired != Desired():
            save(self._folder, Desired())  # with the secrets gone: nothing is to come back by itself

    def _patience(self) -> float:
        """Seconds that whatever runs may take to end: another version may have longer than this one."""
        return max((slot.drain for slot in load(self._folder).slots.values()), default=0) + _MARGIN

    def _slot(self, bundle: Bundle, colour: str | None = None) -> Slot:
        colour = colour or self._colour(bundle.number)
        folder = self._release(bundle)
        return Slot(
            number=bundle.number,
            version=bundle.release.version,
            commit=bundle.release.commit,
            colour=colour,
            words=tuple(shell(self._target.start)),
            announced=self._target.announced,
            secrets=bundle.secrets,
            directory=str(folder),
            environment={
                **plain_environment(),
                **bundle.variables,
                "PATH": f"{folder / '.venv/bin'}:{plain_environment().get('PATH', '/usr/bin:/bin')}",
                "STATE_DIRECTORY": str(self._state()),
                "SLOT": colour,
                "SLUICE_ENVIRONMENT": bundle.environment,
                "SLUICE_VERSION": bundle.release.version,
                "SLUICE_COMMIT": bundle.release.commit,
            },
            drain=self._target.drain,
            ports=dict.fromkeys(self._target.ports, 0),
        )

    def _colour(self, number: int) -> str:
        """The one that nobody else has."""
        taken = {slot.colour for key, slot in load(self._folder).slots.items() if key != number}
        return next(colour for colour in ("blue", "green", "red", "violet") if colour not in taken)

    def _state(self) -> Path:
        folder = self._folder / "state"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _release(self, bundle: Bundle) -> Path:
        return release_folder(self._releases, self._target, bundle.release.commit)

    def _last_words(self, bundle: Bundle) -> str:
        log = self._folder / "logs" / f"{bundle.number}.log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        lines = mask(text, (*bundle.secret_values, *self.kept_secrets(()))).strip().splitlines()[-TOLD:]
        before = lines if len(lines) > 1 else ()  # the last one alone says it all where only a line is shown
        return "\n        ".join(line[:_WIDEST] for line in (f": {lines[-1]}", *before)) if lines else ""

    def _drop_old_releases(self) -> None:
        """Those that no environment runs or could go back to as it was; none where one's file can't be read."""
        try:
            found = [load(file.parent) for file in self._releases.parent.glob(f"*/{FILE}")]
        except ValueError:
            return
        slots = (slot for one in found for slot in (*one.slots.values(), *one.retired.values()))
        prune(self._releases, {Path(slot.directory) for slot in slots}, time.time())

    def _drop_old_logs(self) -> None:
        """All but the last, and what runs: it writes to its own yet."""
        runs = load(self._folder).slots
        for log in [one for one in self.log_files() if int(one.stem) not in runs][:-_LOGS]:
            log.unlink(missing_ok=True)


def _refuse_own(wanted: Mapping[str, str], own: Mapping[str, str]) -> None:
    names = {place: name for name, place in own.items()}
    for name, place in wanted.items():
        if place in names:
            raise TargetError(
                f"port '{name}' can't be had at {place}: the live version has it as '{names[place]}'",
                hint="`sluice deploy stop` frees it",
            )


def _heard_at(folder: Path) -> Collection[str]:
    """The addresses of another environment; none where it doesn't run, or doesn't say so in time."""
    try:
        answer = ask(folder, Look(), _SHORT)
    except TargetError:
        return ()
    return answer.fronts.values() if answer is not None else ()


def _meet(one: str, other: str) -> bool:
    """Whether two ``HOST:PORT`` can't be listened at at once: a host may stand for every address."""
    (here, port), (there, its) = one.rsplit(":", 1), other.rsplit(":", 1)
    return port == its and (here == there or _is_any(here) or _is_any(there))


def _is_any(host: str) -> bool:
    """Whether it stands for every address of the machine."""
    bare = host.strip("[]")
    with suppress(ValueError):  # a name
        return not bare or ip_address(bare).is_unspecified
    return False


def _version(answer: Answer, number: int) -> Running:
    found = next((one for one in answer.versions if one.number == number), None)
    if found is None:
        raise TargetError("the version is not there any more")
    return found


def _how_ended(running: Running) -> str:
    code = running.last_exit or 0
    last = f"by signal {-code}" if code < 0 else f"with {code}"
    return f"ended {last}" if running.restarts == 1 else f"ended {running.restarts} times, last {last}"


def _part(running: Running, live: bool) -> Part:
    detail = f"restarted {running.restarts} time{'s' if running.restarts != 1 else ''}" if running.restarts else ""
    name = f"{running.colour} {running.version}{' (live)' if live else ''}"
    return Part(name=name, state=running.state, well=running.state == "running", detail=detail)
