"""The version of Java that a project names in ``.java-version``, ``.tool-versions`` or ``.sdkmanrc``."""

from __future__ import annotations

import re
from pathlib import Path

from sluice.actions.protocol import ActionFailedError

_FORMS = {
    ".tool-versions": r"^java\s+(?:\S*?-)?(?P<version>\d[\d.]*)\S*\s*$",
    ".sdkmanrc": r"^java\s*=\s*(?P<version>\d[\d.]*)\S*\s*$",
}
_PLAIN = r"^\s*(?:\S*?-)?(?P<version>\d[\d.]*)\S*\s*$"


def version_from_file(path: Path) -> str:
    """The version. Raises ``ActionFailedError`` without the file, or for one that names none."""
    if not path.is_file():
        raise ActionFailedError(f"The specified java version file at: {path} does not exist")
    found = re.search(_FORMS.get(path.name, _PLAIN), path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ActionFailedError(f"No supported version was found in file {path}")
    return found["version"].rstrip(".")
