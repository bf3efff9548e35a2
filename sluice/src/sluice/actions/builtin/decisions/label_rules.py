"""Which labels a pull request gets by ``.github/labeler.yml``, as ``actions/labeler`` reads it from v5 on. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import yaml
from msgspec import Struct

from sluice.actions.builtin.decisions.path_patterns import matches

_FILES: Mapping[str, Callable[[Sequence[str], Sequence[str]], bool]] = {
    "any-glob-to-any-file": lambda globs, files: any(matches(file, glob) for glob in globs for file in files),
    "any-glob-to-all-files": lambda globs, files: any(all(matches(file, glob) for file in files) for glob in globs),
    "all-globs-to-any-file": lambda globs, files: any(all(matches(file, glob) for glob in globs) for file in files),
    "all-globs-to-all-files": lambda globs, files: all(matches(file, glob) for glob in globs for file in files),
}
_CONDITIONS = ("changed-files", "base-branch", "head-branch")
_GROUPS = ("any", "all")


class LabelRulesError(ValueError):
    """The configuration says something that the action does not know."""


class Pull(Struct, frozen=True, kw_only=True):
    """What the rules look at."""

    base: str
    head: str
    files: Sequence[str]


Test: TypeAlias = Callable[[Pull], bool]
Rules: TypeAlias = Mapping[str, Sequence[Test]]
"""For each label what must hold, all of it."""


def read_rules(text: str) -> Rules:
    """The rules. Raises ``LabelRulesError`` with what was found and what is allowed."""
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LabelRulesError(f"it is no YAML: {error}") from error
    if not isinstance(found, dict):
        raise LabelRulesError("it is a mapping of labels to lists of conditions")
    return {str(label): list(_groups(str(label), options)) for label, options in found.items()}


def labels_for(rules: Rules, pull: Pull) -> list[str]:
    """Those whose conditions hold, in the order of the file."""
    return [label for label, tests in rules.items() if tests and all(test(pull) for test in tests)]


def _groups(label: str, options: object) -> Iterator[Test]:
    """``any`` and ``all`` as they are written; what stands outside of them is one more ``any``."""
    if not isinstance(options, list):
        raise LabelRulesError(
            f"found unexpected type for label '{label}' (should be array of config options, as from v5 on)"
        )
    loose: list[Test] = []
    for option in options:
        for name, value in _entries(label, option):
            if name in _GROUPS:
                tests = [test for entry in _listed(value) for test in _conditions(label, entry)]
                yield _joined(tests, every=name == "all")
            else:
                loose += _conditions(label, {name: value})
    if loose:
        yield _joined(loose, every=False)


def _joined(tests: Sequence[Test], *, every: bool) -> Test:
    return lambda pull: (all if every else any)(test(pull) for test in tests)


def _entries(label: str, option: object) -> Iterator[tuple[str, object]]:
    if not isinstance(option, dict):
        raise LabelRulesError(f"'{option}' under '{label}' is no condition: allowed are {', '.join(_CONDITIONS)}")
    for name, value in option.items():
        if name not in {*_CONDITIONS, *_GROUPS}:
            allowed = ", ".join((*_CONDITIONS, *_GROUPS))
            raise LabelRulesError(f"'{name}' under '{label}' is no condition: allowed are {allowed}")
        yield str(name), value


def _conditions(label: str, option: object) -> Iterator[Test]:
    for name, value in _entries(label, option):
        if name == "changed-files":
            yield from _of_files(label, value)
        else:
            yield _of_branch(label, name, value)


def _of_files(label: str, value: object) -> Iterator[Test]:
    for entry in _listed(value):
        if not isinstance(entry, dict) or not set(entry) <= set(_FILES):
            raise LabelRulesError(f"'{entry}' under '{label}' is none of {', '.join(_FILES)}")
        for name, globs in entry.items():
            yield _of_globs(str(name), [str(glob) for glob in _listed(globs)])


def _of_globs(name: str, globs: Sequence[str]) -> Test:
    return lambda pull: bool(pull.files) and _FILES[name](globs, pull.files)


def _of_branch(label: str, name: str, value: object) -> Test:
    try:
        patterns = [re.compile(str(pattern)) for pattern in _listed(value)]
    except re.error as error:
        raise LabelRulesError(f"'{value}' under '{label}' is no regular expression: {error}") from error
    side = name.partition("-")[0]
    return lambda pull: any(pattern.search(getattr(pull, side)) for pattern in patterns)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
