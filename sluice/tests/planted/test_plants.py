"""What is planted stands where it is put: the tests that plant it run only in the long suite, and would tell late."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from planting import ROOT, Plant

MODULES = sorted(path for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))


def _loaded(path: Path) -> ModuleType:
    spec = spec_from_file_location(f"planted_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plants(value: object) -> Iterator[Plant]:
    """All that is a plant in nested lists, tuples and parameters."""
    match value:
        case (str(name), str(old), str(new)) if "/" in name or (ROOT / name).is_file():
            yield name, old, new
        case list() | tuple():
            for one in value:
                yield from _plants(one)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_what_a_plant_replaces_is_there(path: Path) -> None:
    module = _loaded(path)
    marks = [mark for one in vars(module).values() for mark in getattr(one, "pytestmark", [])]
    given = [mark.args for mark in marks if mark.name == "parametrize"]
    found = set(_plants([list(vars(module).values()), given]))
    assert found
    missing = [(name, old) for name, old, _ in found if old and old not in (ROOT / name).read_text(encoding="utf-8")]
    assert not missing
