"""Rules and an occasion in, the image's version and tags out. Pure.

Each rule gives one tag or none (metadata-action: tags input). A tag that no registry takes is an error that names the
rule that made it: the real action hands it on, and the build fails far from its cause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from sluice.actions.builtin.docker.metadata.occasion import Occasion
from sluice.actions.builtin.docker.metadata.rules import Flavor, ImageName, Rule, RuleError
from sluice.actions.builtin.docker.metadata.templates import (
    Helper,
    TemplateError,
    constants,
    fill,
    global_expressions,
)
from sluice.actions.builtin.docker.metadata.versions import VersionParts, read_pep440, read_semver

_LEGAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""github.com/distribution/reference: what a tag may be."""
_RAW = re.compile(r"\{\{\{?\s*raw\s*\}?\}\}")


class Tags(Struct, frozen=True, kw_only=True):
    """``version`` is the first rule's tag, ``names`` all of them in order, ``latest`` among them."""

    version: str
    names: tuple[str, ...]


class _Made(Struct, frozen=True, kw_only=True):
    value: str
    latest: bool


class Tagging:
    """The rules at work; ``warn`` hears what the real action would warn of."""

    def __init__(self, occasion: Occasion, flavor: Flavor, warn: Callable[[str], None]) -> None:
        self._occasion, self._flavor, self._warn = occasion, flavor, warn
        self._globals = global_expressions(occasion)

    def tags(self, rules: list[Rule]) -> Tags:
        """What the rules give. Raises ``RuleError`` that names the rule."""
        names: list[str] = []
        version, latest = "", False
        for rule in rules:
            made = self._applied(rule)
            if made is None or not made.value:
                continue
            if not names:
                version, latest = made.value, made.latest
            names.append(made.value)
        if names and self._latest_wanted(latest):
            names.append(self._latest_name())
        return Tags(version=version, names=tuple(dict.fromkeys(names)))

    def image_names(self, images: list[ImageName]) -> list[str]:
        """The names of the images that are enabled, in lower case as registries want them."""
        return [
            self._filled(image.name).lower() for image in images if self._truth(image.enable, f"image {image.name}")
        ]

    def written(self, lines: Sequence[str]) -> list[str]:
        """Labels or annotations with their expressions written out. Raises ``RuleError`` that names the line."""
        return [self._label(line) for line in lines]

    def _label(self, line: str) -> str:
        try:
            return self._filled(line)
        except TemplateError as error:
            raise RuleError(f"'{line}' can't be written out: {error}") from error

    def _applied(self, rule: Rule) -> _Made | None:
        try:
            if not self._truth(rule.attributes["enable"], rule.text):
                return None
            made = _KINDS[rule.kind](self, rule)
        except (TemplateError, re.error) as error:
            raise RuleError(f"The rule '{rule.text}' can't be carried out: {error}") from error
        return None if made is None else _Made(value=_legal(made.value, rule), latest=made.latest)

    def _truth(self, value: str, where: str) -> bool:
        filled = self._filled(value)
        if filled not in {"true", "false"}:
            raise RuleError(f"Invalid value for enable attribute: {filled} (in '{where}')")
        return filled == "true"

    def _latest_wanted(self, automatic: bool) -> bool:
        wanted = self._filled(self._flavor.latest)
        if wanted not in {"auto", "true", "false"}:
            raise RuleError(f"Invalid latest flavor entry: {wanted}")
        return automatic if wanted == "auto" else wanted == "true"

    def _latest_name(self) -> str:
        flavor = self._flavor
        prefix = self._filled(flavor.prefix) if flavor.prefix_latest else ""
        return f"{prefix}latest{self._filled(flavor.suffix) if flavor.suffix_latest else ''}"

    def _filled(self, text: str, more: Mapping[str, Helper] | None = None) -> str:
        def unknown(name: str) -> None:
            self._warn(f"'{{{{{name}}}}}' in '{text}' is not known: it gives nothing")

        return fill(text, self._globals if more is None else more, unknown)

    def _around(self, value: str, rule: Rule) -> str:
        """With the rule's own prefix and suffix, else with the flavor's."""
        prefix = self._filled(rule.attributes.get("prefix", self._flavor.prefix))
        return f"{prefix}{value}{self._filled(rule.attributes.get('suffix', self._flavor.suffix))}"

    def _given_or_tag(self, rule: Rule) -> str | None:
        if rule.attributes["value"]:
            return self._filled(rule.attributes["value"])
        return self._occasion.part("tags")

    def schedule(self, rule: Rule) -> _Made | None:
        """On a schedule only."""
        if self._occasion.event != "schedule":
            return None
        value = self._filled(rule.attributes["pattern"], {"date": self._globals["date"]})
        return _Made(value=self._around(value, rule), latest=False)

    def semver(self, rule: Rule) -> _Made | None:
        """A semantic version from the Git tag or from ``value``."""
        return self._version(rule, read_semver, "is not a valid semver. More info: https://semver.org/")

    def pep440(self, rule: Rule) -> _Made | None:
        """A Python package's version from the Git tag or from ``value``."""
        return self._version(
            rule, read_pep440, "does not conform to PEP 440. More info: https://peps.python.org/pep-0440"
        )

    def _version(self, rule: Rule, read: Callable[[str], VersionParts | None], refusal: str) -> _Made | None:
        given = self._given_or_tag(rule)
        if given is None:
            return None
        raw = self._matched(rule, given)
        parts = read(raw)
        if parts is None:
            self._warn(f"{raw} {refusal}")
            return None
        pattern = rule.attributes["pattern"]
        if not parts.final and not _RAW.fullmatch(pattern):
            pattern = "{{version}}"  # a pre-release never moves 1 or 1.2
        filled = self._filled(pattern, {**self._globals, **constants(parts.values)})
        return _Made(value=self._around(filled, rule), latest=parts.final)

    def _matched(self, rule: Rule, given: str) -> str:
        """What the pattern ``match`` takes out of a Git tag such as ``app/v1.2.3``, whose slashes no version has."""
        pattern = rule.attributes.get("match", "")
        found = re.search(pattern, given) if pattern else None
        if pattern and found is None:
            self._warn(f"{pattern} does not match {given}.")
        if found is not None and not found.re.groups:
            raise RuleError(f"The rule '{rule.text}' can't be carried out: its match '{pattern}' has no group ( )")
        return (given if found is None else found[1] or "").replace("/", "-")

    def match(self, rule: Rule) -> _Made | None:
        """A group of a pattern in the Git tag or in ``value``."""
        raw = self._given_or_tag(rule)
        if raw is None:
            return None
        given, number = rule.attributes["pattern"], int(rule.attributes["group"])
        framed = re.fullmatch(r"/(.+)/(.*)", given)
        flags = re.IGNORECASE if framed and "i" in framed[2] else 0
        pattern = framed[1] if framed else given
        found = re.search(pattern, raw, flags) or re.search(pattern, raw.replace("/", "-"), flags)  # as before v6
        if found is None:
            self._warn(f"{given} does not match {raw}.")
            return None
        if number > (found.re.groups or 0) or found[number] is None:
            self._warn(f"Group {number} does not exist for {given} pattern matching {raw}.")
            return None
        return _Made(value=self._around(found[number], rule), latest=True)

    def edge(self, rule: Rule) -> _Made | None:
        """On one branch only, the default one unless another is named."""
        wanted = self._filled(rule.attributes["branch"]) or self._occasion.default_branch
        if self._occasion.part("heads") != wanted:
            return None
        return _Made(value=self._around("edge", rule), latest=False)

    def ref(self, rule: Rule) -> _Made | None:
        """The branch, the Git tag or the pull request."""
        kind = rule.attributes["event"]
        part = self._occasion.part({"branch": "heads", "tag": "tags", "pr": "pull"}[kind])
        if part is None:
            return None
        return _Made(value=self._around(part.removesuffix("/merge"), rule), latest=kind == "tag")

    def raw(self, rule: Rule) -> _Made | None:
        """As it is given."""
        return _Made(value=self._around(self._filled(rule.attributes["value"]), rule), latest=False)

    def sha(self, rule: Rule) -> _Made | None:
        """The commit, short or whole."""
        short = rule.attributes["format"] == "short"
        value = self._occasion.sha[: self._occasion.short] if short else self._occasion.sha
        return _Made(value=self._around(value, rule), latest=False) if value else None


_KINDS: Mapping[str, Callable[[Tagging, Rule], _Made | None]] = {
    "schedule": Tagging.schedule,
    "semver": Tagging.semver,
    "pep440": Tagging.pep440,
    "match": Tagging.match,
    "edge": Tagging.edge,
    "ref": Tagging.ref,
    "raw": Tagging.raw,
    "sha": Tagging.sha,
}


def _legal(value: str, rule: Rule) -> str:
    tag = re.sub(r"[^a-zA-Z0-9._-]+", "-", value)
    if tag and not _LEGAL.fullmatch(tag):
        why = "it is longer than 128 characters" if len(tag) > 128 else f"a tag can't begin with '{tag[0]}'"
        empty = " ('{{branch}}' is empty on tags and pull requests)" if "{{branch}}" in rule.text else ""
        raise RuleError(f"The rule '{rule.text}' makes the tag '{tag}', which no registry takes: {why}{empty}")
    return tag
