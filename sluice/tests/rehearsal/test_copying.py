"""Where a copy of an image goes, and what is told of it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from sluice.rehearsal.uploads.copying import copy, leaves


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("oras push ghcr.io/o/a:1 file.txt", "ghcr.io/o/a:1"),
        ("oras push --artifact-type a/b -u me ghcr.io/o/a:1 file.txt", "ghcr.io/o/a:1"),
        ("podman push img docker://quay.io/x --digestfile dir:", "quay.io/x"),
        ("podman push --creds u:p img quay.io/x", "quay.io/x"),
        ("podman push quay.io/x", "quay.io/x"),
        ("podman push img localhost.example.com/x", "localhost.example.com/x"),
        ("podman push --other dir:x img quay.io/x", "unknown"),
        ("skopeo copy --dest-creds u:p docker://a docker://quay.io/x", "quay.io/x"),
        ("crane cp a quay.io/x", "quay.io/x"),
        ("helm push app.tgz oci://ghcr.io/o --password p", "ghcr.io/o"),
    ],
)
def test_a_copy_that_leaves_is_told_with_its_target(
    line: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_EFFECTS", str(tmp_path / "effects"))
    name, *words = shlex.split(line)
    assert leaves(name, words)
    assert copy(name, words) == 0
    told = json.loads((tmp_path / "effects").read_text(encoding="utf-8"))
    assert told["target"] == target
    assert "u:p" not in told["request"]


@pytest.mark.parametrize(
    "line",
    [
        "oras push localhost:5000/a:1 file.txt",
        "oras push --plain-http 127.0.0.1:5000/a:1 file.txt",
        "podman push --creds u:p img docker://localhost:5000/x",
        "podman push localhost:5000/x",
        "podman push img dir:out --digestfile file",
        "skopeo copy docker://a oci:out",
        "helm push app.tgz oci://localhost:5000/o",
        "crane push app.tar localhost:5000/x --insecure",
    ],
)
def test_a_copy_to_this_machine_stays(line: str) -> None:
    name, *words = shlex.split(line)
    assert not leaves(name, words)
