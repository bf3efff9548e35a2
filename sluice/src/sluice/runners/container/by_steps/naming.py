"""What names a command of ``docker`` gives, and has of what is there; and the command with other names. Pure.

A name that somebody else has in the engine is another one there: whatever the job says of it is said of that.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from sluice.runners.container.by_steps.words import Option, read_options

Names: TypeAlias = Mapping[str, Mapping[str, str]]
"""By kind (container, network, volume, image) and the job's name the engine's, where the two differ."""
CLAIM = "sluice.claim"
"""The label of a volume that holds a name."""
CHANGES = frozenset(
    (
        *(("container", verb) for verb in ("rm", "stop", "kill", "start", "restart", "pause", "unpause", "rename")),
        *(("container", "update"), ("network", "rm"), ("network", "disconnect"), ("volume", "rm"), ("image", "rm")),
    )
)
"""Commands that change, or end, what is there already, by kind and verb."""
READS = frozenset(
    ("container", verb)
    for verb in ("exec", "top", "attach", "commit", "diff", "export", "inspect", "logs", "port", "stats", "wait")
)
"""Commands that reach what is there."""
_KINDS = frozenset({"container", "network", "volume", "image", "system", "builder", "buildx"})
_ALIASES = {"list": "ls", "ps": "ls", "remove": "rm", "rmi": "rm"}
_SWITCHES: Mapping[tuple[str, str], frozenset[str]] = {
    ("container", "rm"): frozenset({"-f", "-l", "-v", "--force", "--link", "--volumes"}),
    ("container", "start"): frozenset({"-a", "-i", "--attach", "--interactive"}),
    ("container", "exec"): frozenset({"-d", "-i", "-t", "--detach", "--interactive", "--privileged", "--tty"}),
    ("container", "attach"): frozenset({"--no-stdin", "--sig-proxy"}),
    ("container", "commit"): frozenset({"-p", "--pause"}),
    ("container", "inspect"): frozenset({"-s", "--size"}),
    ("container", "logs"): frozenset({"-f", "-t", "--details", "--follow", "--timestamps"}),
    ("container", "stats"): frozenset({"-a", "--all", "--no-stream", "--no-trunc"}),
    ("network", "create"): frozenset({"--attachable", "--config-only", "--ingress", "--internal", "--ipv4", "--ipv6"}),
    ("network", "rm"): frozenset({"-f", "--force"}),
    ("network", "disconnect"): frozenset({"-f", "--force"}),
    ("volume", "rm"): frozenset({"-f", "--force"}),
    ("image", "rm"): frozenset({"-f", "--force", "--no-prune"}),
}
"""Options without a value, where a command's own words are looked for; each other one has one."""
_OF_ONE = frozenset({"exec", "top"})
_OF_MANY = frozenset(
    {"attach", "commit", "diff", "export", "inspect", "kill", "logs", "pause", "port", "rename", "restart", "rm"}
    | {"start", "stats", "stop", "unpause", "update", "wait"}
)
"""Verbs behind whose options stand names of containers: one and a command, or any number."""
_OF_IMAGES = frozenset({"tag", "save", "history"})
"""Verbs without a kind that are images'."""
_JOINING = frozenset({"connect", "disconnect"})
_FILTER = re.compile(r"(?P<before>(?:--filter=|-f=?)?(?P<key>name|volume|network)=\^?/?)(?P<name>[\w.-]+)(?P<end>\$?)")
_MOUNTED = re.compile(r"((?:^|,)(?:source|src)=)([A-Za-z0-9][\w.-]*)")
_VOLUME = re.compile(r"[A-Za-z0-9][\w.-]*")
_NOTHING = "/"
"""No id or name."""
_ENGINES = frozenset({"bridge", "default", "host", "none"})
"""Networks that are no user's."""


class Call(NamedTuple):
    """A command: ``head`` are the words that say its kind and verb, ``rest`` what stands behind them."""

    kind: str
    verb: str
    head: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def subjects(self) -> list[str]:
        """The words that are neither options nor their values."""
        return [self.rest[at] for at in self.places()]

    @property
    def is_forced(self) -> bool:
        """Whether it asks for nothing, and takes it as done where there is nothing."""
        return any(word == "--force" or re.fullmatch(r"-[a-z]*f[a-z]*", word) for word in self.rest)

    def without(self, others: Container[str]) -> Call:
        """The command without these subjects."""
        left_out = {at for at in self.places() if self.rest[at] in others}
        return self._replace(rest=tuple(word for at, word in enumerate(self.rest) if at not in left_out))

    def places(self) -> Iterator[int]:
        """Where its subjects stand in ``rest``."""
        switches, at = _SWITCHES.get((self.kind, self.verb), frozenset()), 0
        while at < len(self.rest):
            word = self.rest[at]
            if not word.startswith("-") or word == "-":
                yield at
            elif _takes_next(word, switches):
                at += 1
            at += 1


def _takes_next(word: str, switches: frozenset[str]) -> bool:
    """Whether an option's value is the next word. Several letters in one word are an option each; what stands behind
    the first with a value is that.
    """
    if word.startswith("--"):
        return word != "--" and "=" not in word and word not in switches
    valued = next((at for at, letter in enumerate(word) if at and f"-{letter}" not in switches), None)
    return valued == len(word) - 1


def read_call(words: Sequence[str]) -> Call:
    """What a command is: ``docker ps`` lists containers, as ``docker container ls`` does."""
    if len(words) > 1 and words[0] in _KINDS:
        at = _verb_of_kind(words)
        return Call(words[0], _ALIASES.get(words[at], words[at]), tuple(words[: at + 1]), tuple(words[at + 1 :]))
    kind = "image" if words[:1] == ["rmi"] else "container"
    verb = "".join(words[:1])
    return Call(kind, _ALIASES.get(verb, verb), tuple(words[:1]), tuple(words[1:]))


def _verb_of_kind(words: Sequence[str]) -> int:
    """Where it stands: ``buildx`` may name its builder before."""
    at = 1
    while words[0] == "buildx" and words[at].startswith("-") and at + 2 < len(words):
        at += 2 if words[at] == "--builder" else 1
    return at


def names_given(call: Call) -> dict[str, list[str]]:
    """The names that what a command makes is to have, by kind."""
    match call:
        case Call("container", "run" | "create"):
            return {"container": [one.value for one in read_options(call.rest)[0] if one.name == "--name"]}
        case Call("container", "rename"):
            return {"container": call.subjects[1:]}
        case Call("network" | "volume", "create"):
            named = [one.value for one in read_options(call.rest)[0] if one.name == "--name"]  # volumes had it once
            return {call.kind: [*named, *call.subjects][:1]}
    return {}


def type_of(call: Call) -> str:
    """What ``docker inspect`` is to look for; empty where it takes what it finds."""
    words = " ".join(call.rest) if call.head == ("inspect",) else ""
    found = re.search(r"(?:^| )--type[ =](\w+)", words)
    return found[1] if found else ""


def copied_of(call: Call) -> list[str]:
    """The containers that ``docker cp`` names: ``NAME:PATH``, and no path of this side with a colon in it."""
    found = (re.match(r"([^/:.][^/:]*):", word) for word in call.rest)
    return [one[1] for one in found if one]


def volumes_bound(call: Call) -> dict[str, dict[str, Any]]:
    """The volumes that ``docker run`` makes if they aren't there, each with what else it is made with: ``driver``, and
    ``driver_opts``.
    """
    options = read_options(call.rest)[0]
    driver = next((one.value for one in reversed(options) if one.name == "--volume-driver"), "")
    found: dict[str, dict[str, Any]] = {}
    for option in options:
        if option.name in {"-v", "--volume"} and ":" in option.value:
            name = option.value.partition(":")[0]
            found |= {name: {"driver": driver} if driver else {}} if _VOLUME.fullmatch(name) else {}
        elif option.name == "--mount":
            found |= _mounted(option.value)
    return found


def _mounted(mount: str) -> dict[str, dict[str, Any]]:
    fields = [field.partition("=")[::2] for field in next(csv.reader([mount]), [])]
    given = dict(fields)
    name = given.get("source") or given.get("src") or ""
    if given.get("type", "volume") != "volume" or not _VOLUME.fullmatch(name):
        return {}
    options = dict(value.partition("=")[::2] for key, value in fields if key == "volume-opt")
    driver = {"driver": given["volume-driver"]} if given.get("volume-driver") else {}
    return {name: {**driver, **({"driver_opts": options} if options else {})}}


def listing(words: Sequence[str], key: str, own: Sequence[str]) -> list[str]:
    """The words of a listing that shows these alone, by id or name: several such filters show what one of them does."""
    asked, kept = _filtered(words, key)
    shown = [one for one in own if not asked or any(_matches(pattern, one) for pattern in asked)]
    exact = [f"{key}=^{re.escape(one)}$" if key == "name" else f"{key}={one}" for one in shown or (_NOTHING,)]
    return [*(word for one in exact for word in ("--filter", one)), *kept]


def _filtered(words: Sequence[str], key: str) -> tuple[list[str], list[str]]:
    """What a listing is filtered by, and its other words."""
    asked, kept, rest = list[str](), list[str](), list(words)
    while rest:
        one = rest[: 2 if rest[0] in {"--filter", "-f"} else 1]
        found = re.fullmatch(rf"(?:(?:--filter|-f) |--filter=|-f=?){key}=(.*)", " ".join(one))
        kept += [] if found else one
        asked += [found[1]] if found else []
        del rest[: len(one)]
    return asked, kept


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def translated(call: Call, names: Names) -> list[str]:
    """What stands behind the command's head, with the names that the engine has."""
    known = {kind: names.get(kind, {}) for kind in ("container", "network", "volume", "image")}
    if (call.kind, call.verb) in {("container", "run"), ("container", "create")}:
        return _run(call.rest, known)
    if call.verb in {"ls", "prune"}:
        return [_filter(word, {**known, "name": known.get(call.kind, {})}) for word in call.rest]
    if call.kind == "network" and call.verb in _JOINING:
        return _joining(call, known)
    if call.kind in {"network", "volume", "image"} or call.verb in _OF_IMAGES:
        return _each(call.rest, known[call.kind if call.kind in {"network", "volume"} else "image"])
    if call.kind != "container":
        return list(call.rest)
    return _of_containers(call, known)


def _joining(call: Call, known: Names) -> list[str]:
    """A network, and behind it a container; as with ``docker run`` that is found by the name that the job gave it."""
    words, kinds = list(call.rest), (known["network"], known["container"])
    for at, names in zip(call.places(), kinds, strict=False):
        words[at : at + 1] = _each(words[at : at + 1], names)
    given = [name for name in call.subjects[1:2] if call.verb == "connect" and name in known["container"]]
    return [*(word for name in given for word in ("--alias", name)), *words]


def _of_containers(call: Call, known: Names) -> list[str]:
    containers = known["container"]
    if call.verb in _OF_ONE:
        at = next(call.places(), len(call.rest))
        return [*call.rest[:at], *_each(call.rest[at : at + 1], containers), *call.rest[at + 1 :]]
    if call.verb == "cp":
        return [
            re.sub(r"^([^/:]+):", lambda found: f"{containers.get(found[1], found[1])}:", word) for word in call.rest
        ]
    if call.head == ("inspect",):
        return _each(call.rest, {**known["image"], **known["volume"], **known["network"], **containers})
    return _each(call.rest, containers) if call.verb in _OF_MANY else list(call.rest)


def _each(words: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(word.removeprefix("/"), _named(word, names)) for word in words]


def _named(word: str, names: Mapping[str, str]) -> str:
    option, _, name = word.partition("=")
    return f"--name={names[name]}" if option == "--name" and name in names else word


def _filter(word: str, names: Mapping[str, Mapping[str, str]]) -> str:
    found = _FILTER.fullmatch(word)
    if found is None:
        return word
    return f"{found['before']}{names[found['key']].get(found['name'], found['name'])}{found['end']}"


def _run(words: Sequence[str], names: Names) -> list[str]:
    """On a network of the job's a container that has another name in the engine is found by its own all the same."""
    options, taken = read_options(words)
    own = [one.value for one in options if one.name == "--name" and one.value in names["container"]]
    networks = [one.value for one in options if one.name in {"--network", "--net"}]
    named = own if any(":" not in one and one not in _ENGINES for one in networks) else []
    kept = [word for option in options for word in _option(option, names)]
    image = _each(words[taken : taken + 1], names["image"])
    return [*(word for name in named for word in ("--network-alias", name)), *kept, *image, *words[taken + 1 :]]


def _option(option: Option, names: Names) -> Sequence[str]:
    value = _value(option, names)
    return option.words if value == option.value else (option.name, value)


def _value(option: Option, names: Names) -> str:
    containers = names["container"]
    match option.name:
        case "--name" | "--volumes-from":
            return _first(option.value, containers)
        case "--network" | "--net" | "--pid" | "--ipc":
            return _network(option.value, names)
        case "--link":
            name, _, alias = option.value.partition(":")
            return f"{containers[name]}:{alias or name}" if name in containers else option.value
        case "-v" | "--volume":
            return _first(option.value, names["volume"])
        case "--mount":
            return _MOUNTED.sub(lambda found: found[1] + names["volume"].get(found[2], found[2]), option.value)
    return option.value


def _network(value: str, names: Names) -> str:
    """``container:NAME``, ``name=NAME,alias=...``, or the name of one."""
    kind, colon, name = value.partition(":")
    if colon and kind == "container":
        return f"container:{names['container'].get(name, name)}"
    networks = names["network"]
    return re.sub(r"(?<=name=)[^,]+", lambda found: networks.get(found[0], found[0]), networks.get(value, value))


def _first(value: str, names: Mapping[str, str]) -> str:
    name, colon, rest = value.partition(":")
    return f"{names.get(name, name)}{colon}{rest}"
