from email.message import Message
from pathlib import Path

import pytest
from audited import scene_of, write_files

from sluice.audit.licences import is_allowed, is_expression, licence_of
from sluice.audit.model import AuditSettings, NotCheckedError
from sluice.audit.parts import licences

pytest.importorskip("license_expression", reason="needs sluice-ci[audit]")


def metadata(*lines: tuple[str, str]) -> Message:
    message = Message()
    for key, value in lines:
        message[key] = value
    return message


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        ([("License-Expression", "MIT OR Apache-2.0"), ("License", "x")], "MIT OR Apache-2.0"),
        ([("License", "BSD 3-Clause")], "BSD-3-Clause"),
        ([("License", "GPL-3.0-only")], "GPL-3.0-only"),
        ([("License", "see the file"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("License", "x" * 5000), ("Classifier", "Topic :: Internet")], None),
        ([], None),
    ],
)
def test_a_licence_is_told_from_the_metadata(lines: list[tuple[str, str]], licence: str | None) -> None:
    assert licence_of(metadata(*lines)) == licence


@pytest.mark.parametrize(
    ("expression", "allow", "deny", "allowed"),
    [
        ("MIT", (), (), True),
        ("GPL-3.0-only", (), ("GPL-*",), False),
        ("LGPL-3.0-only", (), ("GPL-*",), True),
        ("MIT OR GPL-3.0-only", (), ("GPL-*",), True),
        ("MIT AND GPL-3.0-only", (), ("GPL-*",), False),
        ("MIT AND (BSD-3-Clause OR GPL-2.0-only)", ("MIT", "BSD-*"), (), True),
        ("Apache-2.0", ("MIT",), (), False),
        ("mit", ("MIT",), (), True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ("*WITH Classpath*",), (), True),
        ("LicenseRef-Ours", ("LicenseRef-*",), (), True),
    ],
)
def test_lists_allow_and_deny(expression: str, allow: tuple[str, ...], deny: tuple[str, ...], allowed: bool) -> None:
    assert is_allowed(expression, allow, deny) is allowed


def test_what_is_no_expression_is_an_error() -> None:
    assert not is_expression("whatever I like")
    with pytest.raises(ValueError, match="no licence expression"):
        is_allowed("MIT OR (", (), ())


def installed(root: Path, name: str, licence: str) -> None:
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{licence}\n"
    write_files(root, {f".venv/lib/python3.11/site-packages/{name}-1.0.dist-info/METADATA": text})


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (AuditSettings(), [("unknown", "LOW")]),
        (AuditSettings(deny_licences=("GPL-*",)), [("GPL-3.0-only", "HIGH"), ("unknown", "LOW")]),
        (AuditSettings(allow_licences=("GPL-*", "MIT")), [("unknown", "HIGH")]),
    ],
)
def test_dependencies_are_held_to_the_lists(
    tmp_path: Path, settings: AuditSettings, found: list[tuple[str, str]]
) -> None:
    installed(tmp_path, "free", "License-Expression: GPL-3.0-only")
    installed(tmp_path, "other", "License-Expression: MIT")
    scene = scene_of(tmp_path, {"requirements.txt": "free==1.0\nother==1.0\nstrange==1.0\n"}, settings=settings)
    checked = licences.check(scene)
    assert checked is not None
    assert [(one.id, one.severity.value) for one in checked.evidence.findings] == found


def test_nobody_says_anything_when_nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    with pytest.raises(NotCheckedError, match="aren't installed here"):
        licences.check(scene_of(tmp_path, {"requirements.txt": "free==1.0\n"}))
    (tmp_path / "requirements.txt").unlink()
    assert licences.check(scene_of(tmp_path, {"a.txt": ""})) is None
