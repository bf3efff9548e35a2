"""Which form is under test: LOKA_FORM says which one it must be."""

import os
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from loka_stratum.form import FORM
from loka_stratum.protocol import framing, plain
from loka_stratum.proxy.miners import miner
from loka_stratum.proxy.pools import link


@pytest.mark.skipif("LOKA_FORM" not in os.environ, reason="LOKA_FORM doesn't say which; `make test-compiled` does")
def test_it_is_the_form_that_was_meant() -> None:
    assert os.environ["LOKA_FORM"] == FORM


@pytest.mark.parametrize("module", [framing, plain, miner, link])
def test_the_modules_are_of_the_form_that_is_told(module: object) -> None:
    suffixes = tuple(EXTENSION_SUFFIXES) if FORM == "compiled" else (".py",)
    assert str(getattr(module, "__file__", "")).endswith(suffixes)
