"""Licences: what a package's metadata says, as SPDX ids, and whether lists allow it. In: texts. Out: verdicts.

Of ``A OR B`` one may be chosen, of ``A AND B`` both hold (https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from email.message import Message
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from sluice.audit.model import NotCheckedError
from sluice.audit.programs import EXTRA

_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
    "Zope Public License": "ZPL-2.1",
    "GNU General Public License (GPL)": "GPL-1.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
}
_WORDS = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "apache 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd-3": "BSD-3-Clause",
    "psf": "PSF-2.0",
    "psf license": "PSF-2.0",
    "mpl 2.0": "MPL-2.0",
    "gplv3": "GPL-3.0-only",
    "gpl v3": "GPL-3.0-only",
    "gplv2": "GPL-2.0-only",
    "lgplv3+": "LGPL-3.0-or-later",
    "isc license": "ISC",
}


def licence_of(metadata: Message) -> str | None:
    """The SPDX expression of a distribution: ``License-Expression``, else what ``License`` or the classifiers say."""
    expression = metadata.get("License-Expression")
    if expression:
        return str(expression)
    said = str(metadata.get("License") or "").strip()
    if 0 < len(said) < 100 and (known := _known(said)):
        return known
    marked = [str(text) for text in metadata.get_all("Classifier") or () if str(text).startswith("License ::")]
    ids = [_CLASSIFIERS[last] for text in marked if (last := text.rpartition(" :: ")[2]) in _CLASSIFIERS]
    return " OR ".join(dict.fromkeys(ids)) or None


def _known(said: str) -> str | None:
    if found := _WORDS.get(re.sub(r"\s+", " ", said.lower())):
        return found
    return said if is_expression(said) else None


def is_expression(text: str) -> bool:
    """Whether it is made of licence ids that SPDX knows."""
    try:
        _licensing().parse(text, validate=True, strict=True)
    except _errors():
        return False
    return True


def is_allowed(expression: str, allow: Iterable[str], deny: Iterable[str]) -> bool:
    """Whether the lists (ids, or patterns such as ``GPL-*``) let it pass. Raises ``ValueError`` for no expression."""
    denied, allowed = tuple(deny), tuple(allow)

    def passes(name: str) -> bool:
        return not _fits(name, denied) and (not allowed or _fits(name, allowed))

    try:
        parsed = _licensing().parse(expression)
    except _errors() as error:
        raise ValueError(f"{expression[:80]!r} is no licence expression") from error
    return _holds(parsed, passes)


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def _holds(parsed: Any, passes: Callable[[str], bool]) -> bool:  # noqa: ANN401 - the library has no types
    """AND needs all of its parts, OR one; ``GPL-2.0-only WITH Classpath-exception-2.0`` is judged as it is written."""
    kind = type(parsed).__name__
    if kind == "AND":
        return all(_holds(part, passes) for part in parsed.args)
    if kind == "OR":
        return any(_holds(part, passes) for part in parsed.args)
    return passes(parsed.render())


@lru_cache(maxsize=1)
def _licensing() -> Any:  # noqa: ANN401 - the library has no types
    try:
        from license_expression import get_spdx_licensing  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise NotCheckedError("license-expression isn't installed", hint=EXTRA) from error
    return get_spdx_licensing()


def _errors() -> tuple[type[Exception], ...]:
    from boolean import ParseError  # noqa: PLC0415 - comes with license-expression
    from license_expression import ExpressionError  # noqa: PLC0415 - as above

    return ParseError, ExpressionError, ValueError, AttributeError, TypeError
