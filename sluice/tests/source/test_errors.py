from __future__ import annotations

import pytest

from sluice.source.errors import SluiceError, UnavailableError


@pytest.mark.parametrize(
    ("error", "line", "full"),
    [
        (SluiceError("It is gone"), "It is gone", "It is gone"),
        (SluiceError("It is gone", hint="look"), "It is gone (look)", "It is gone\nlook"),
        (
            UnavailableError("No node", tried=["PATH", "nvm"], hint="install it"),
            "No node (install it)",
            "No node\n  tried: PATH\n  tried: nvm\ninstall it",
        ),
    ],
)
def test_an_error_is_told_in_one_line_or_in_full(error: SluiceError, line: str, full: str) -> None:
    assert (error.in_one_line, error.in_full) == (line, full)
