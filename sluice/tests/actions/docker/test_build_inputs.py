"""Inputs of docker/build-push-action that the real one refuses."""

from __future__ import annotations

import pytest

from sluice.actions.builtin.docker.build_inputs import Wanted, check_tags, secret_values
from sluice.actions.protocol import ActionFailedError

BUILT_ONLY = Wanted(load=False, push=False, archives=(), files=())


@pytest.mark.parametrize("tag", ["UPPER:tag", "ghcr.io/Owner/app:1", "app:", "app:-1", "a b"])
def test_a_tag_that_is_none_is_refused_though_nothing_is_pushed(tag: str) -> None:
    """As by buildx: a pull request that only builds must not hide what the push would stumble over."""
    with pytest.raises(ActionFailedError, match=f'invalid tag "{tag}": .*for example'):
        check_tags(["app:1", tag], BUILT_ONLY)


def test_whatever_a_registry_takes_is_taken() -> None:
    check_tags(
        ["app", "127.0.0.1:5000/a/b__c:1.2_x", "ghcr.io/owner/app:main", "localhost/app@sha256:" + "0" * 64], BUILT_ONLY
    )


def test_a_secret_without_a_value_is_warned_of_and_not_handed_in() -> None:
    """As by the real action: a build that wants it fails there, so it must not find an empty one here."""
    heard: list[str] = []
    inputs = {"secrets": "A=1\nB=\nC\n=hidden\n\nD=x=y", "secret-envs": ""}
    assert secret_values(inputs, {}, heard.append) == {"A": "1", "D": "x=y"}
    assert [said.partition(" of ")[0] for said in heard] == ["the entry 'B'", "the entry 'C'", "the entry ''"]
    assert "hidden" not in "".join(heard)
