"""What lock files of npm, yarn and pnpm tell of a workspace's members. In: their old versions and the new one. Out:
files that ``npm ci``, ``yarn install --immutable`` and ``pnpm install --frozen-lockfile`` take as they are.

Only what members say of members changes: a package from elsewhere may want an old one, and gets it from elsewhere. A
``yarn.lock`` of yarn 1 doesn't tell of members.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from sluice.app.releasing.texts import change

_PACKAGES = re.compile(r'"packages"\s*:\s*\{')
_KEY = re.compile(r'[\s,]*("(?:[^"\\]|\\.)*")\s*:\s*')
_BLOCK = re.compile(r"(?m)^\S.*(?:\r?\n[ \t].*)*")
_MEMBER = re.compile(r'(?m)^\s+resolution: "(?P<name>.+)@workspace:')


def follow(root: Path, folders: Iterable[Path], old: Mapping[str, str], new: str) -> None:
    """Have the lock files that there are say so."""
    names = ["" if one == root else one.relative_to(root).as_posix() for one in folders]
    for name, rewritten in (
        ("package-lock.json", lambda text: _of_npm(text, names, old, new)),
        ("pnpm-lock.yaml", lambda text: _of_pnpm(text, old, new)),
        ("yarn.lock", lambda text: _of_yarn(text, old, new)),
    ):
        if (root / name).is_file():
            change(root / name, rewritten)


def wanting(text: str, old: Mapping[str, str], new: str) -> str:
    """What a ``package.json``, or a part of ``package-lock.json``, says of the packages, with the new version."""
    return _each(text, r'("{name}"\s*:\s*"(?:workspace:)?[\^~=]?){version}(?=")', old, new)


def _of_npm(text: str, names: Iterable[str], old: Mapping[str, str], new: str) -> str:
    for start, end in sorted(_entries(text, names), reverse=True):  # none moves before its turn
        text = f"{text[:start]}{wanting(text[start:end], old, new)}{text[end:]}"
    return text


def _entries(text: str, names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where a lock file's ``packages`` tell of these folders: the beginning and the end of each."""
    wanted, decoder = set(names), json.JSONDecoder()
    begun = _PACKAGES.search(text)
    at = begun.end() if begun else len(text)
    with suppress(ValueError):
        while key := _KEY.match(text, at):
            at = decoder.raw_decode(text, key.end())[1]
            if json.loads(key[1]) in wanted:
                yield key.end(), at


def _of_pnpm(text: str, old: Mapping[str, str], new: str) -> str:
    """A member that is taken from this workspace is a link."""
    wanted = r"(?m)^(\s+'?{name}'?:\r?\n\s+specifier: (?:workspace:)?[\^~=]?){version}(?=\r?\n\s+version: link:)"
    return _each(text, wanted, old, new)


def _of_yarn(text: str, old: Mapping[str, str], new: str) -> str:
    def rewritten(block: re.Match[str]) -> str:
        member = _MEMBER.search(block[0])
        if member is None:
            return block[0]
        keys, _, rest = block[0].partition("\n")
        if member["name"] in old:
            own = {member["name"]: old[member["name"]]}
            keys = _each(keys, r'((?:^"?|, ){name}@(?:npm:|workspace:)?[\^~=]?){version}(?=[",:])', own, new)
        return f"{keys}\n" + _each(rest, r'(?m)^(\s+"?{name}"?: "(?:npm:|workspace:)?[\^~=]?){version}(?=")', old, new)

    return _BLOCK.sub(rewritten, text)


def _each(text: str, pattern: str, old: Mapping[str, str], new: str) -> str:
    for name, version in old.items():
        text = re.sub(pattern.format(name=re.escape(name), version=re.escape(version)), rf"\g<1>{new}", text)
    return text
