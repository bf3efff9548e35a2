"""The ``options:`` of a service or a job's container: flags of ``docker create``.

In: the text. Out: the flags that mean something here, each with its value read, or an error that names the flag. Both
``--flag value`` and ``--flag=value`` are understood, in shell quoting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sluice.source.errors import UsageError
from sluice.source.suggestions import nearest
from sluice.source.words import split_words

_SHORT = MappingProxyType(
    {
        "-e": "--env",
        "-h": "--hostname",
        "-l": "--label",
        "-m": "--memory",
        "-p": "--publish",
        "-u": "--user",
        "-v": "--volume",
        "-w": "--workdir",
    }
)
HEALTH = frozenset(
    {"--health-cmd", "--health-interval", "--health-timeout", "--health-retries", "--health-start-period"}
    | {"--health-start-interval"}
)
SINGLE = frozenset(
    {"--name", "--hostname", "--user", "--workdir", "--entrypoint", "--memory", "--memory-swap", "--cpus", "--shm-size"}
    | {"--platform", "--restart", "--stop-signal", "--stop-timeout", "--pids-limit", "--pull", "--log-driver", "--ipc"}
    | {"--memory-reservation", "--cpuset-cpus", "--cpu-shares", "--oom-score-adj", "--pid", "--runtime", "--gpus"}
    | {"--memory-swappiness", "--cpu-period", "--cpu-quota", "--cgroup-parent", "--cgroupns", "--userns", "--uts"}
    | {"--domainname", "--mac-address", "--volume-driver"}
)
SEVERAL = frozenset(
    {"--env", "--label", "--volume", "--publish", "--tmpfs", "--ulimit", "--cap-add", "--cap-drop", "--add-host"}
    | {"--network-alias", "--net-alias", "--security-opt", "--dns", "--device", "--expose", "--group-add", "--sysctl"}
    | {"--mount", "--log-opt", "--dns-search", "--dns-option", "--device-cgroup-rule", "--volumes-from"}
)
SWITCHES = frozenset({"--privileged", "--init", "--read-only", "--no-healthcheck", "--tty", "--interactive"})
REFUSED = MappingProxyType(
    {
        "--network": "the job's network is Sluice's, and GitHub doesn't support this option",
        "--net": "the job's network is Sluice's",
        "--rm": "a service is removed with its job",
        "--detach": "a service always runs beside the job",
    }
)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?(?:ns|us|µs|ms|s|m|h))+")
_PART = re.compile(r"([0-9.]+)(ns|us|µs|ms|s|m|h)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthOptions:
    """A health check; ``command`` ``None`` is the image's own. Times are in seconds, the defaults those of docker."""

    command: str | None = None
    interval: float = 30.0
    timeout: float = 30.0
    retries: int = 3
    start_period: float = 0.0
    disabled: bool = False

    @property
    def patience(self) -> float:
        """Seconds until a container whose check always fails at once is unhealthy."""
        return self.start_period + self.interval * self.retries


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``values`` holds every other flag under its long name, with all the values it was given."""

    health: HealthOptions = field(default_factory=HealthOptions)
    env: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, flag: str) -> str | None:
        """The value of a flag that counts once: the last one."""
        return self.values[flag][-1] if flag in self.values else None


def parse_options(text: str) -> Options:
    """Read a string of options. Raises ``UsageError`` naming the flag that is wrong."""
    values: dict[str, list[str]] = {}
    for flag, value in _flags(split_words(text, "The options")):
        values.setdefault(flag, []).append(value)
    health = _health(values)
    env = dict(_variable(entry) for entry in values.pop("--env", ()))
    others = {flag: tuple(given) for flag, given in values.items() if flag not in HEALTH | {"--no-healthcheck"}}
    return Options(health=health, env=env, values=others)


def _flags(words: list[str]) -> Iterator[tuple[str, str]]:
    rest = iter(words)
    for word in rest:
        flag, equals, value = _split(word)
        if flag in SWITCHES:
            if value not in {"", "true", "false"}:
                raise UsageError(f"'{flag}' is a switch; expected no value, 'true' or 'false', not '{value}'")
            if value != "false":
                yield flag, "true"
            continue
        _check_known(flag, word)
        if not equals and not value:
            value = _next(rest, flag)
        yield flag, value


def _split(word: str) -> tuple[str, str, str]:
    if word.startswith("--"):
        return word.partition("=")
    flag = _SHORT.get(word[:2], word)
    value = word[2:] if word[:2] in _SHORT else ""
    return flag, "", value.removeprefix("=")


def _check_known(flag: str, word: str) -> None:
    if flag in HEALTH | SINGLE | SEVERAL:
        return
    if flag in REFUSED:
        raise UsageError(f"the option '{flag}' can't be given: {REFUSED[flag]}")
    if not flag.startswith("-"):
        raise UsageError(f"'{word}' in the options belongs to no flag", hint="quote a value that holds blanks")
    near = nearest(flag, sorted(HEALTH | SINGLE | SEVERAL | SWITCHES))
    allowed = "one of docker create, such as --health-cmd, --env, --memory, --shm-size, --user"
    expected = f"'{near}'?" if near else allowed
    raise UsageError(f"the option '{flag}' is unknown; expected {expected}")


def _next(rest: Iterator[str], flag: str) -> str:
    value = next(rest, None)
    if value is None:
        raise UsageError(f"the option '{flag}' needs a value")
    return value


def _variable(entry: str) -> tuple[str, str | None]:
    """``NAME=value``; ``NAME`` alone takes the caller's value, which a job doesn't have: ``None``."""
    name, equals, value = entry.partition("=")
    if not name:
        raise UsageError(f"'--env {entry}' has no name")
    return name, value if equals else None


def _health(values: Mapping[str, list[str]]) -> HealthOptions:
    def last(flag: str, read: Callable[[str, str], float], default: float) -> float:
        return read(flag, values[flag][-1]) if flag in values else default

    plain = HealthOptions()
    command = values.get("--health-cmd", [""])[-1]
    return HealthOptions(
        command=command or None,
        interval=last("--health-interval", _seconds, plain.interval) or plain.interval,
        timeout=last("--health-timeout", _seconds, plain.timeout) or plain.timeout,
        retries=int(last("--health-retries", _count, plain.retries)) or plain.retries,
        start_period=last("--health-start-period", _seconds, plain.start_period),
        disabled="--no-healthcheck" in values or command == "none",
    )


def _seconds(flag: str, text: str) -> float:
    if text == "0":
        return 0.0
    if not _DURATION.fullmatch(text):
        raise UsageError(f"'{text}' is no time for '{flag}'; expected a number with a unit, as 500ms, 10s, 1m30s")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _count(flag: str, text: str) -> int:
    if not text.isdecimal():
        raise UsageError(f"'{text}' is no number for '{flag}'; expected 0 or more")
    return int(text)
