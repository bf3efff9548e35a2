"""Every test that asks for ``cells`` runs over both twins."""

from importlib import import_module
from typing import cast

import pytest

from loka_metrics import NATIVE, Registry, pure
from loka_metrics.protocol import Cells


@pytest.fixture(params=["pure", "native"])
def cells(request: pytest.FixtureRequest) -> Cells:
    if request.param == "pure":
        return pure
    if not NATIVE:
        pytest.skip("the extension was not built here: no compiler")
    return cast("Cells", import_module("loka_metrics.native"))


@pytest.fixture
def registry(cells: Cells) -> Registry:
    return Registry(cells)
