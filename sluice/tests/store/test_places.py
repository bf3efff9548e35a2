from __future__ import annotations

import pwd

import pytest

from sluice.source.errors import StoreError
from sluice.store.places import find_places


def test_without_a_home_it_is_said_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_number: int) -> None:
        raise KeyError

    for name in ("SLUICE_HOME", "HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(StoreError, match="No home folder is known") as caught:
        find_places()
    assert "SLUICE_HOME" in str(caught.value.hint)
