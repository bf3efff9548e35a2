"""What options and files of Docker's builder say of an output or a cache: ``type=image,push=true``."""

from __future__ import annotations

import csv
from collections.abc import Mapping


def build_fields(entry: str | Mapping[str, str]) -> dict[str, str]:
    """The values by name, names in lower case, of a line of CSV (docs.docker.com/build/exporters); ``bake --print``
    gives a line in older programs and a mapping in newer ones. A word without ``=`` is left out.
    """
    if not isinstance(entry, str):
        return dict(entry)
    words = (word.partition("=") for word in next(csv.reader([entry]), []))
    return {name.strip().lower(): value.strip() for name, equals, value in words if equals}
