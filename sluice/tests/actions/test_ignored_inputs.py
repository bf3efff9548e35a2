"""Who gives an input that means nothing here is told, but not who says that there is to be none of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from sluice.actions.builtin.ignored_inputs import tell_what_is_left_out
from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.protocol import ActionHost


def told(**given: str) -> list[str]:
    action, notices = BUILTINS["docker/build-push-action"](), list[str]()
    inputs: dict[str, Any] = {**dict.fromkeys(action.manifest.inputs, ""), **given}
    tell_what_is_left_out(cast("ActionHost", SimpleNamespace(inputs=inputs, notice=notices.append)), action)
    return notices


@pytest.mark.parametrize("name", ["provenance", "sbom"])
def test_an_attestation_that_is_not_wanted_is_no_notice(name: str) -> None:
    assert told(**{name: "false"}) == []
    (notice,) = told(**{name: "true"})
    assert notice.startswith(f"Input '{name}' has no effect here")
