"""The environments of ``sluice.toml``. In: the document. Out: a policy for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sluice.delivery.deployment.keys import KEYS, TARGETS
from sluice.delivery.deployment.policy import (
    RESERVED,
    Busy,
    ComposeTarget,
    EnvironmentPolicy,
    HealthCheck,
    KubernetesTarget,
    ProcessTarget,
    Target,
    Verification,
)
from sluice.plan.event.patterns import find_problems
from sluice.source.toml.table import Table

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PORT_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PORT = re.compile(r"(?<!\$)\$\{?(PORT_\w+)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_environments(document: Table) -> dict[str, EnvironmentPolicy]:
    """Every environment of the file by name; what is wrong is reported to the document."""
    return {name: _environment(name, table) for name, table in document.tables("environment", _allowed("")).items()}


def read_right_environments(document: Table) -> dict[str, EnvironmentPolicy]:
    """Those in which nothing is wrong, whatever is wrong in others; what is goes to the document, too."""
    found, around = {}, document.table("environment")
    for name in around.values:
        before = len(document.found)
        policy = _environment(name, around.table(name, _allowed("")))
        if len(document.found) == before:
            found[name] = policy
    return found


def _environment(name: str, table: Table) -> EnvironmentPolicy:
    _check_name(table, name)
    branches, tags = _patterns(table, "branches"), _patterns(table, "tags")
    target, secrets, variables = _target(table), _secrets(table), _variables(table)
    health = table.inner("health", _allowed("health"))
    if isinstance(target, ProcessTarget):
        _check_port_names(table, target.ports)
        _check_port_names(health, target.ports, (*variables, *secrets))
    return EnvironmentPolicy(
        name=name,
        reviewers=table.words("reviewers"),
        wait_timer=table.number("wait-timer", 0, "minutes"),
        variables=variables,
        branches=branches,
        tags=tags,
        secrets=secrets,
        url=table.text("url"),
        concurrency=Busy(table.choice("concurrency", tuple(Busy), Busy.WAIT)),
        watch=table.number("watch", 10, "seconds"),
        target=target,
        health=_health(health),
        verify=_verification(table.inner("verify", _allowed("verify"))),
    )


def _patterns(table: Table, key: str) -> tuple[str, ...]:
    patterns = table.words(key)
    for pattern, message in find_problems(patterns):
        table.report((key,), f"{key}: the pattern '{pattern}' {message}")
    return patterns


def _check_name(table: Table, name: str) -> None:
    if name in RESERVED:
        table.report((), f"no environment can be called '{name}': `sluice deploy {name}` is a command")
    elif not _NAME.fullmatch(name):
        table.report((), f"'{name}' is no name for an environment", hint="letters, digits, '.', '_' and '-'")


def _variables(table: Table) -> dict[str, str]:
    """What no process can be given is told here, and not by one that can't be started."""
    given = table.texts("variables")
    for name, value in given.items():
        if not name or "=" in name or "\0" in name:
            table.report(("variables", name), f"variables: {name!r} is no name of a variable", hint="without '='")
        if "\0" in value:
            table.report(("variables", name), f"variables: the value of '{name}' has a NUL, which no variable can hold")
    return given


def _allowed(table: str) -> tuple[str, ...]:
    return tuple(KEYS[f"environment.NAME.{table}" if table else "environment.NAME"])


def _secrets(table: Table) -> tuple[str, ...]:
    names = table.words("secrets")
    for name in names:
        if not _VARIABLE.fullmatch(name):
            table.report(("secrets",), f"secrets: '{name}' is no name", hint="letters, digits and underscores")
    return names


def _target(table: Table) -> Target | None:
    named = [kind for kind in TARGETS if kind in table]
    if len(named) > 1:
        table.report((named[1],), f"an environment has one target, not {' and '.join(named)}", allowed=TARGETS)
    if not named:
        return None
    read = {"process": _process, "compose": _compose, "kubernetes": _kubernetes}[named[0]]
    return read(table.table(named[0], _allowed(named[0])))


def _process(table: Table) -> Target:
    ports = _ports(table)
    return ProcessTarget(
        start=table.required("start"),
        build=table.text("build"),
        packages=table.words("packages"),
        locks=table.words("locks"),
        before=table.text("before"),
        ports=ports,
        announced=_announced(table, ports),
        drain=table.number("drain", 30, "seconds"),
    )


def _announced(table: Table, ports: Mapping[str, str]) -> tuple[str, ...]:
    names = table.words("proxy-header")
    for name in names:
        if name not in ports:
            known = ", ".join(ports) or "none is given"
            table.report(("proxy-header",), f"'{name}' is no port of this environment", hint=f"its ports: {known}")
    return names


def _ports(table: Table) -> dict[str, str]:
    inner = table.table("ports")
    ports: dict[str, str] = {}
    for name, value in inner.values.items():
        if not _PORT_NAME.fullmatch(name):
            inner.report((name,), f"'{name}' is no name for a port", hint="small letters, digits and underscores")
        host, _, number = str(value).rpartition(":")
        if not number.isdecimal() or int(number) > 65535 or isinstance(value, bool | float):
            inner.report((name,), f"port '{name}' must be a PORT or \"HOST:PORT\", not {value!r}")
            continue
        if not int(number):
            inner.report((name,), f"port '{name}' must be one that the outside can know, not 0", hint="from 1 to 65535")
        place = f"{host or '127.0.0.1'}:{number}"
        if place in ports.values() and int(number):
            inner.report(
                (name,), f"port '{name}' is at {place}, and so is another one", hint="each has a number of its own"
            )
        ports[name] = place
    return ports


def _check_port_names(table: Table | None, ports: Mapping[str, str], others: Iterable[str] = ()) -> None:
    """An address that names a port of nothing would be asked for in vain, each time."""
    if table is None:
        return
    known = {f"PORT_{name.upper()}" for name in ports}
    for name in _PORT.findall(table.text("url")):
        if name not in known.union(others):
            there = ", ".join(f"${one}" for one in sorted(known)) or "none is given"
            table.report(("url",), f"url: '${name}' is no port of this environment", hint=f"its ports: {there}")


def _compose(table: Table) -> Target:
    return ComposeTarget(
        files=table.words("files", ("docker-compose.yml",)),
        project=table.text("project"),
        tag=table.text("tag", "TAG"),
        build=table.flag("build"),
        timeout=table.number("timeout", 300, "seconds"),
    )


def _kubernetes(table: Table) -> Target:
    return KubernetesTarget(
        overlay=table.required("overlay"),
        context=table.text("context"),
        images=table.words("images"),
        tag=table.text("tag") or "$VERSION",
        timeout=table.number("timeout", 300, "seconds"),
    )


def _health(table: Table | None) -> HealthCheck | None:
    if table is None:
        return None
    _need_one(table, ("url", "command"))
    url = table.text("url")
    if url and not url.startswith(("http://", "https://", "$")):
        table.report(("url",), f"url: '{url}' is no address that can be asked", hint="http://... or https://...")
    return HealthCheck(
        url=url,
        command=table.text("command"),
        timeout=table.number("timeout", 60, "seconds"),
        interval=max(0.05, table.number("interval", 1, "seconds")),
    )


def _verification(table: Table | None) -> Verification | None:
    if table is None:
        return None
    _need_one(table, ("command", "workflow"))
    return Verification(
        command=table.text("command"),
        workflow=table.text("workflow"),
        timeout=table.number("timeout", 600, "seconds"),
    )


def _need_one(table: Table, keys: tuple[str, str]) -> None:
    if sum(key in table for key in keys) != 1:
        table.report((), f"it takes one of '{keys[0]}' and '{keys[1]}'", allowed=keys)
