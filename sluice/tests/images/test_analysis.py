"""What is found in images that were made to hold it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from image_archives import docker_archive, oci_layout
from published_schemas import cyclonedx_mistakes, spdx_mistakes

from sluice.evidence.reading import read_report
from sluice.images.analysis import analyze
from sluice.images.bills import cyclonedx, spdx
from sluice.images.comparison import compare
from sluice.images.configuration import instruction
from sluice.images.measures import measures_of, problems_of, sarif_of
from sluice.images.model import Waste
from sluice.images.policy import ContentPolicy, matches, read_policy
from sluice.source.errors import InvalidInputError, UsageError

USUAL = ContentPolicy()
STATUS = b"""Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u4

Package: gone
Status: deinstall ok config-files
Version: 1
"""
METADATA = b"Name: My_Package\nVersion: 1.0\nLicense: MIT\n\n"
KEY = b"-----BEGIN RSA PRIVATE KEY-----\n"  # pragma: allowlist secret


def test_layers_have_their_instruction_and_size(tmp_path: Path) -> None:
    made_by = ["/bin/sh -c #(nop) ADD file:1 in / ", "RUN |1 A=b /bin/sh -c apt-get update # buildkit"]
    path = docker_archive(tmp_path / "a.tar", [{"a": b"12345", "d/": b""}, {"d/b": b"1"}], made_by=made_by)
    report = analyze(path, USUAL)
    found = [(one.instruction, one.size, one.files) for one in report.layers]
    assert found == [("ADD file:1 in /", 5, 1), ("RUN apt-get update", 1, 1)]
    assert (report.name, report.size, report.packed) == ("app:test", 6, None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("COPY a b # buildkit", "COPY a b"),
        ("/bin/sh -c echo hi", "RUN echo hi"),
        ("|2 A=1 B=2 /bin/sh -c make", "RUN make"),
        ('/bin/sh -c #(nop)  CMD ["x"]', 'CMD ["x"]'),
    ],
)
def test_an_instruction_is_shown_as_it_stood_in_the_dockerfile(text: str, shown: str) -> None:
    assert instruction(text) == shown


def test_what_later_layers_replace_or_delete_is_wasted(tmp_path: Path) -> None:
    layers = [
        {"a": b"1234", "d/b": b"123", "d/e/c": b"12", "kept": b"1"},
        {"a": b"12345678", "d/.wh.b": b""},
        {".wh.a": b"", "d/e/.wh..wh..opq": b"", "d/e/new": b"1"},
    ]
    report = analyze(docker_archive(tmp_path / "a.tar", layers), USUAL)
    assert report.waste == (
        Waste(path="a", size=12, times=2),
        Waste(path="d/b", size=3, times=1),
        Waste(path="d/e/c", size=2, times=1),
    )
    assert report.wasted == 17


def test_a_folder_that_becomes_a_file_takes_its_content_away(tmp_path: Path) -> None:
    report = analyze(docker_archive(tmp_path / "a.tar", [{"d/b": b"123"}, {"d": b"1"}]), USUAL)
    assert [one.path for one in report.waste] == ["d/b"]


def test_what_must_not_be_in_an_image_is_found_also_where_a_later_layer_deletes_it(tmp_path: Path) -> None:
    layers = [
        {"app/.env": b"A=b", "app/server.pem": KEY, "etc/ssl/certs/ca.pem": b"-----BEGIN CERTIFICATE-----"},
        {"app/.wh..env": b"", "app/.git/HEAD": b"ref", "root/.cache/pip/x": b"1", "app/.env.example": b""},
    ]
    report = analyze(docker_archive(tmp_path / "a.tar", layers), USUAL)
    assert [(one.layer, one.path, one.hidden) for one in report.forbidden] == [
        (1, "app/.env", True),
        (1, "app/server.pem", False),
        (2, "app/.git/HEAD", False),
        (2, "root/.cache/pip/x", False),
    ]


def test_a_repository_has_rules_of_its_own(tmp_path: Path) -> None:
    policy = read_policy(
        '[image]\nforbid = ["**/*.map", "/opt/*.c"]\nallow = ["app/.env", "**/server.pem"]\n', "sluice.toml"
    )
    layers = [{"app/.env": b"", "app/x.map": b"", "app/server.pem": KEY, "opt/a.c": b"", "opt/d/a.c": b""}]
    report = analyze(docker_archive(tmp_path / "a.tar", layers), policy)
    assert [one.path for one in report.forbidden] == ["app/x.map", "opt/a.c"]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[image]\nforbids = []", "2:1", "'forbids' is no key of [image]"),
        ("[image]\nallow = 'x'", "2:10", "'allow' must be a list of strings, not 'x'"),
        ("image = 1", "1:1", "'image' must be a table, [image]"),
        ("[image", "1:7", "sluice.toml is no TOML: Expected ']' at the end of a table declaration"),
    ],
)
def test_a_policy_that_cannot_be_read_is_refused_at_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_policy(text, "sluice.toml")
    (found,) = refused.value.diagnostics
    assert str(found.span) == f"sluice.toml:{place}"
    assert found.message.startswith(message)


def test_patterns_are_over_the_whole_path() -> None:
    assert matches("**/.env", ".env")
    assert matches("**/.env", "a/b/.env")
    assert not matches("**/.env", "a/.environment")
    assert not matches("home/*/x", "home/a/b/x")


def test_packages_are_read_from_their_own_databases(tmp_path: Path) -> None:
    layers = [
        {
            "var/lib/dpkg/status": STATUS,
            "usr/lib/python3/dist-packages/My_Package-1.0.dist-info/METADATA": METADATA,
            "opt/old-1.dist-info/METADATA": b"Name: old\nVersion: 1\n\n",
            "lib/apk/db/installed": b"P:musl\nV:1.2.4-r0\nA:x86_64\nL:MIT\n",
        },
        {"opt/.wh.old-1.dist-info": b""},
    ]
    report = analyze(docker_archive(tmp_path / "a.tar", layers), USUAL)
    assert [(one.kind, one.name, one.version, one.licence) for one in report.packages] == [
        ("apk", "musl", "1.2.4-r0", "MIT"),
        ("deb", "libc6", "2.36-9+deb12u4", ""),
        ("pypi", "my-package", "1.0", "MIT"),
    ]


def test_an_oci_layout_is_read_too_and_knows_its_packed_size(tmp_path: Path) -> None:
    report = analyze(oci_layout(tmp_path / "layout", [{"a": bytes(10_000)}], {"User": "10001:10001"}), USUAL)
    assert report.size == 10_000
    assert report.packed is not None
    assert 0 < report.packed < 1_000
    assert not report.configuration.runs_as_root


@pytest.mark.parametrize(("user", "root"), [("", True), ("0:0", True), ("root", True), ("app", False), ("1001", False)])
def test_a_user_that_is_root_is_known(tmp_path: Path, user: str, root: bool) -> None:
    report = analyze(docker_archive(tmp_path / "a.tar", [{}], {"User": user}), USUAL)
    assert report.configuration.runs_as_root is root
    assert ("runs-as-root" in [rule for rule, _, _ in problems_of(report)]) is root


def test_bills_of_materials_are_read_by_the_gates(tmp_path: Path) -> None:
    report = analyze(docker_archive(tmp_path / "a.tar", [{"var/lib/dpkg/status": STATUS}]), USUAL)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    for made in (cyclonedx(report, now), spdx(report, now), sarif_of(report)):
        evidence = read_report(json.dumps(made).encode(), source="bill.json")
        assert not evidence.problems, evidence.problems
    found = read_report(json.dumps(sarif_of(report)).encode(), source="image.sarif")
    assert {one.id for one in found.findings} == {"runs-as-root", "no-health-check"}
    assert found.examined
    assert cyclonedx(report, now)["components"] == [
        {
            "type": "library",
            "bom-ref": "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64",
            "name": "libc6",
            "version": "2.36-9+deb12u4",
            "purl": "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64",
        }
    ]


TWICE = {
    "var/lib/dpkg/status": STATUS,
    "usr/lib/python3/dist-packages/My_Package-1.0.dist-info/METADATA": METADATA,
    "app/lib/My_Package-1.0.dist-info/METADATA": METADATA,
}


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "mistake"), [("", None), ('"name": "libc6", ', "'name' is a required property")])
def test_an_image_s_bill_keeps_to_the_published_schema(tmp_path: Path, changed: str, mistake: str | None) -> None:
    report = analyze(docker_archive(tmp_path / "a.tar", [TWICE]), USUAL)
    found = cyclonedx_mistakes(json.dumps(cyclonedx(report, datetime(2026, 1, 2, tzinfo=UTC))).replace(changed, ""))
    assert (mistake in "\n".join(found)) if mistake else not found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "into", "mistake"),
    [
        ("", "", None),
        ("SPDXRef-Package-1", "SPDXRef_Package_1", "must only contain letters, numbers"),
        ('"creators": ["Tool: ', '"creators": ["', "doesn't match any of person, organization or tool"),
        ('"relatedSpdxElement": "SPDXRef-Image"', '"relatedSpdxElement": "SPDXRef-None"', "SPDXRef-None"),
    ],
)
def test_an_image_s_spdx_bill_keeps_to_the_published_rules(
    tmp_path: Path, changed: str, into: str, mistake: str | None
) -> None:
    report = analyze(docker_archive(tmp_path / "a.tar", [TWICE]), USUAL)
    found = spdx_mistakes(json.dumps(spdx(report, datetime(2026, 1, 2, tzinfo=UTC))).replace(changed, into))
    assert (mistake in "\n".join(found)) if mistake else not found, found


def test_two_images_are_compared(tmp_path: Path) -> None:
    before = analyze(
        docker_archive(tmp_path / "a.tar", [{"a": b"1", "var/lib/dpkg/status": STATUS}], {"User": "x"}), USUAL
    )
    after = analyze(
        docker_archive(tmp_path / "b.tar", [{"a": b"123", "var/lib/dpkg/status": STATUS.replace(b"2.36", b"2.37")}]),
        USUAL,
    )
    found = compare(before, after)
    assert found.grown == 2
    assert [(one.name, one.before, one.after) for one in found.packages] == [
        ("libc6 (deb)", "2.36-9+deb12u4", "2.37-9+deb12u4")
    ]
    assert [(one.name, one.before, one.after) for one in found.settings] == [("user", "x", "root")]


def test_measures_are_for_gates(tmp_path: Path) -> None:
    report = analyze(docker_archive(tmp_path / "a.tar", [{"a": b"12"}, {"a": b"1"}]), USUAL)
    found = {one.name: one.value for one in measures_of(report)}
    assert found["image/unpacked"] == 3
    assert found["image/wasted"] == 2
    assert found["image/layer/1"] == 2
    assert "image/size" not in found


def test_what_a_registry_would_keep_is_found_by_packing(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a.tar", [{"a": bytes(100_000)}])
    packed = analyze(path, USUAL, pack=True).packed
    assert packed is not None
    assert 100 < packed < 2_000


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b" + bytes(100)])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        analyze(path, USUAL)
    assert "\n" not in refused.value.message


def test_an_archive_with_a_broken_layer_is_refused(tmp_path: Path) -> None:
    path = docker_archive(tmp_path / "a.tar", [{"a": bytes(3_000)}])
    path.write_bytes(path.read_bytes().replace(b"ustar", b"USTAR", 1))
    with pytest.raises(UsageError):
        analyze(path, USUAL)
