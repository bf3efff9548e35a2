"""Which inputs a major of an action has: a built-in action stands for all majors that are known, the real one changed.

In: an action's name, its ref and the built-in's manifest. Out: the manifest as that major has it, and values for the
built-in's own inputs. The facts are in ``majors.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from sluice.source.positions import Span
from sluice.workflow.model import ActionInput, ActionManifest
from sluice.workflow.tokens import StringToken, Token

_REF = re.compile(r"(?:release/)?v?(\d{1,3})(?:\.[\w.-]*)?")
"""``v4``, ``v4.1.2``, ``4.1``, ``release/v1``; a branch or a commit says nothing of the major."""


class InputHistory(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an input was: ``majors`` that have it, the value that stands where it is missing, defaults of majors, and
    the built-in's input that it became.
    """

    majors: str = "-"
    otherwise: str | None = None
    defaults: Mapping[int, str] = {}
    instead: str | None = None

    def has(self, major: int | None) -> bool:
        """Whether a major has it; where nobody knows the major, one of them may."""
        return major is None or any(_within(part, major) for part in self.majors.split(","))


class Refusal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GitHub.com fails a job that uses major ``until`` or an older one, ``since`` a day."""

    until: int
    since: str


class History(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action: the majors that are known, ``""`` where its refs are no versions, and the inputs that changed."""

    majors: str = ""
    inputs: Mapping[str, str | InputHistory] = {}
    refused: Refusal | None = None

    def major(self, ref: str) -> int | None:
        """The major that a ref names, if this action's refs are versions."""
        return major_of(ref) if self.majors else None

    def knows(self, ref: str) -> bool:
        """Whether the inputs at this ref are known; a commit or a branch is taken for one of the known majors."""
        major = self.major(ref)
        return major is None or _within(self.majors, major)

    def refusal(self, ref: str) -> str | None:
        """Since when GitHub.com refuses this ref, and what to use, if it does."""
        if self.refused is None or not is_before(ref, self.refused.until + 1):
            return None
        return f"since {self.refused.since}: use v{self.refused.until + 1} or later"

    def changed(self) -> dict[str, InputHistory]:
        """Each input that not every major has, or has otherwise."""
        return {
            name: InputHistory(majors=facts) if isinstance(facts, str) else facts for name, facts in self.inputs.items()
        }


def major_of(ref: str) -> int | None:
    """The major version that a ref names."""
    match = _REF.fullmatch(ref)
    return int(match[1]) if match else None


def is_before(ref: str, major: int) -> bool:
    """Whether a ref names an older major than this one."""
    named = major_of(ref)
    return named is not None and named < major


def histories() -> dict[str, History]:
    """What is known of each built-in action, by its name in lower case."""
    return _read(_text())


@cache
def history_of(name: str) -> History:
    """The history of an action; one without changes where nothing is known."""
    quoted = re.escape(f'"{name.lower()}"')
    found = re.search(rf"^\[{quoted}.*?(?=^\[(?!{quoted})|\Z)", _text(), re.MULTILINE | re.DOTALL)
    return _read(found[0])[name.lower()] if found else History()


def _read(text: str) -> dict[str, History]:
    import tomllib  # noqa: PLC0415 (for runs that use a built-in action)

    return msgspec.convert(tomllib.loads(text), dict[str, History], strict=False)


@cache
def _text() -> str:
    return Path(__file__).with_name("majors.toml").read_text(encoding="utf-8")


def manifest_at(name: str, manifest: ActionManifest, ref: str) -> ActionManifest:
    """The built-in's manifest with the inputs that the real action has at this ref."""
    history = history_of(name)
    major, changed = history.major(ref), history.changed()
    kept = {
        key: _as_of(definition, changed[key], major) if key in changed else definition
        for key, definition in manifest.inputs.items()
        if key not in changed or changed[key].has(major)
    }
    more = {key: _foreign(key) for key, facts in changed.items() if key not in manifest.inputs and facts.has(major)}
    return structs.replace(manifest, inputs=kept | more, refused=history.refusal(ref))


def absent_inputs(name: str, manifest: ActionManifest, ref: str) -> dict[str, str | Token]:
    """The built-in's inputs that this major hasn't, each with the value that stands for it: a text, or its default."""
    history = history_of(name)
    major = history.major(ref)
    gone = {key: facts for key, facts in history.changed().items() if key in manifest.inputs and not facts.has(major)}
    return {key: _stand_in(facts, manifest.inputs[key]) for key, facts in gone.items()}


def foreign_inputs(name: str, manifest: ActionManifest) -> dict[str, str | None]:
    """The inputs of some major that the built-in hasn't, each with the input that it became, if it became one."""
    changed = history_of(name).changed()
    return {key: facts.instead for key, facts in changed.items() if key not in manifest.inputs}


def _within(part: str, major: int) -> bool:
    first, dash, last = part.partition("-")
    if not dash:
        return major == int(first)
    return int(first or 0) <= major and (not last or major <= int(last))


def _as_of(definition: ActionInput, facts: InputHistory, major: int | None) -> ActionInput:
    default = None if major is None else facts.defaults.get(major)
    if default is None:
        return definition
    return structs.replace(definition, default=StringToken(span=Span.at("majors.toml"), value=default))


def _foreign(name: str) -> ActionInput:
    return ActionInput(name=name, description=None, required=False, default=None, deprecation=None)


def _stand_in(facts: InputHistory, definition: ActionInput) -> str | Token:
    return facts.otherwise if facts.otherwise is not None else definition.default or ""
