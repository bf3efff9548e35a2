"""docker/metadata-action's rules, as its own documentation and tests show them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sluice.actions.builtin.docker.metadata.dates import written
from sluice.actions.builtin.docker.metadata.occasion import Occasion
from sluice.actions.builtin.docker.metadata.rules import RuleError, read_flavor, read_images, read_rules
from sluice.actions.builtin.docker.metadata.tagging import Tagging, Tags

NOW = datetime(2026, 3, 9, 4, 5, 6, tzinfo=UTC)
MAIN, RELEASE, PULL = "refs/heads/main", "refs/tags/v1.2.3", "refs/pull/7/merge"
SHA = "860c1904a1ce19322e91ac35af1ab07466440c37"


def occasion(ref: str, event: str = "push") -> Occasion:
    return Occasion(event=event, ref=ref, sha=SHA, default_branch="main", base="develop", now=NOW)


def tags(ref: str, *rules: str, event: str = "push", flavor: str = "") -> Tags:
    return warned(ref, *rules, event=event, flavor=flavor)[0]


def warned(ref: str, *rules: str, event: str = "push", flavor: str = "") -> tuple[Tags, list[str]]:
    told: list[str] = []
    found = Tagging(occasion(ref, event), read_flavor(flavor.splitlines()), told.append).tags(read_rules(rules))
    return found, told


@pytest.mark.parametrize(
    ("ref", "rule", "names"),
    [
        (MAIN, "type=ref,event=branch", "main"),
        ("refs/heads/feature/a b", "type=ref,event=branch", "feature-a-b"),
        (MAIN, "type=ref,event=tag", ""),
        (RELEASE, "type=ref,event=tag", "v1.2.3 latest"),
        (PULL, "type=ref,event=pr", "pr-7"),
        (PULL, "type=ref,event=pr,prefix=", "7"),
        (RELEASE, "type=semver,pattern={{version}}", "1.2.3 latest"),
        (RELEASE, "type=semver,pattern={{raw}}", "v1.2.3 latest"),
        (RELEASE, "type=semver,pattern={{major}}.{{minor}}", "1.2 latest"),
        (RELEASE, "type=semver,pattern=v{{major}}", "v1 latest"),
        ("refs/tags/v2.0.8-beta.67", "type=semver,pattern={{major}}.{{minor}}", "2.0.8-beta.67"),
        ("refs/tags/v2.0.8-beta.67", "type=semver,pattern={{raw}}", "v2.0.8-beta.67"),
        (MAIN, "type=semver,pattern={{version}}", ""),
        (MAIN, "type=semver,pattern={{version}},value=v3.1.0+build", "3.1.0 latest"),
        ("refs/tags/1.2.3rc2", "type=pep440,pattern={{major}}", "1.2.3rc2"),
        ("refs/tags/v1.2.3", "type=pep440,pattern={{major}}.{{minor}}", "1.2 latest"),
        ("refs/tags/1.2.3.post1", "type=pep440,pattern={{major}}", "1.2.3.post1"),
        ("refs/tags/p1/v1.2.3", r"type=match,pattern=p1-v(\d.\d.\d),group=1", "1.2.3 latest"),
        ("refs/tags/p1/v1.2.3", r"type=match,pattern=p1/v(\d.\d),group=1", "1.2 latest"),
        ("refs/tags/app/v1.2.3", r"type=semver,pattern={{major}}.{{minor}},match=app/(.*)", "1.2 latest"),
        ("refs/tags/app/1.2.3rc1", r"type=pep440,pattern={{version}},match=app/(.*)", "1.2.3rc1"),
        (MAIN, r"type=match,pattern=/V(\d+)/i,group=1,value=v12", "12 latest"),
        (MAIN, "type=edge", "edge"),
        (MAIN, "type=edge,branch=develop", ""),
        (MAIN, "type=sha", "sha-860c190"),
        (MAIN, "type=sha,format=long,prefix=", SHA),
        (MAIN, "type=raw,value=nightly,enable={{is_default_branch}}", "nightly"),
        (MAIN, "type=raw,value=x,enable={{is_not_default_branch}}", ""),
        (MAIN, "mine", "mine"),
        (
            MAIN,
            "type=raw,value={{branch}}-{{sha}}-{{date 'YYYYMMDD-HHmmss' tz='Asia/Tokyo'}}",
            "main-860c190-20260309-130506",
        ),
        (PULL, "type=raw,value={{base_ref}}", "develop"),
        (RELEASE, "type=raw,value={{tag}}", "v1.2.3"),
    ],
)
def test_a_rule_gives_a_tag_or_none(ref: str, rule: str, names: str) -> None:
    assert " ".join(tags(ref, rule).names) == names


def test_the_highest_priority_is_the_version() -> None:
    found = tags(
        RELEASE, "type=sha", "type=ref,event=tag", "type=semver,pattern={{major}}", "type=raw,value=x,priority=901"
    )
    assert found.version == "x"
    assert found.names == ("x", "1", "v1.2.3", "sha-860c190")


def test_no_rules_are_the_usual_ones() -> None:
    assert tags(MAIN).names == ("main",)
    assert tags(MAIN, event="schedule").names == ("nightly", "main")
    assert tags(PULL).names == ("pr-7",)


@pytest.mark.parametrize(
    ("flavor", "names"),
    [
        ("latest=false", "1.2.3"),
        ("suffix=-slim", "1.2.3-slim latest"),
        ("suffix=-slim,onlatest=true", "1.2.3-slim latest-slim"),
        ("prefix=p-,onlatest=true\nsuffix=-s", "p-1.2.3-s p-latest"),
        ("latest={{is_default_branch}}", "1.2.3"),
    ],
)
def test_a_flavor_holds_for_all_tags(flavor: str, names: str) -> None:
    assert " ".join(tags(RELEASE, "type=semver,pattern={{version}}", flavor=flavor).names) == names


@pytest.mark.parametrize("ref", [RELEASE, PULL])
def test_an_empty_branch_in_a_prefix_is_an_error_that_names_the_rule(ref: str) -> None:
    with pytest.raises(
        RuleError, match=r"type=sha,prefix=\{\{branch\}\}-.*'-860c190'.*empty on tags and pull requests"
    ):
        tags(ref, "type=sha,prefix={{branch}}-")
    assert tags(MAIN, "type=sha,prefix={{branch}}-").names == ("main-860c190",)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("type=branch", "Unknown tag type attribute: branch"),
        ("type=ref", "Missing event attribute for type=ref"),
        ("type=ref,event=push", "Invalid event for type=ref,event=push"),
        ("type=semver", "Missing pattern attribute"),
        ("type=sha,format=tiny", "Invalid format"),
        ("type=match,pattern=a,group=x", "Invalid match group"),
        ("type=raw,value=x,enable=maybe", "Invalid value for enable attribute: maybe"),
        ("type=raw,value={{#if tag}}x{{/if}}", "blocks such as"),
        ("type=raw,value={{date 'YYYY' tz='Nowhere/Town'}}", "no time zone 'Nowhere/Town'"),
        ("type=match,pattern=(,value=x", "can't be carried out"),
        ("type=semver,pattern={{version}},match=v,value=v1.2.3", "its match 'v' has no group"),
        (f"type=raw,value={'x' * 129}", "longer than 128"),
        ("type=raw,value=.hidden", "can't begin with '.'"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(rule: str, said: str) -> None:
    with pytest.raises(RuleError, match=said.replace("(", r"\(")):
        tags(MAIN, rule)


@pytest.mark.parametrize(
    ("ref", "rule", "said"),
    [
        ("refs/tags/latest-and-greatest", "type=semver,pattern={{version}}", "is not a valid semver"),
        ("refs/tags/what", "type=pep440,pattern={{version}}", "does not conform to PEP 440"),
        (RELEASE, "type=match,pattern=x(.)", "does not match v1.2.3"),
        (RELEASE, "type=semver,pattern={{version}},match=app/(.*)", "app/(.*) does not match v1.2.3"),
        (RELEASE, "type=match,pattern=v,group=3", "Group 3 does not exist"),
        (MAIN, "type=raw,value=a{{nothing}}", "'{{nothing}}'"),
    ],
)
def test_what_gives_nothing_is_warned_of(ref: str, rule: str, said: str) -> None:
    assert said in warned(ref, rule)[1][0]


def test_images_may_be_switched_off_and_are_in_lower_case() -> None:
    lines = ["GHCR.io/Octo/App", "name=octo/app,enable={{is_not_default_branch}}"]
    tagging = Tagging(occasion(MAIN), read_flavor([]), lambda _: None)
    assert tagging.image_names(read_images(lines)) == ["ghcr.io/octo/app"]
    with pytest.raises(RuleError, match="Image name attribute empty"):
        read_images(["name="])


def test_dates_are_written_as_moment_writes_them() -> None:
    pattern = "YYYY YY M MM MMM MMMM D DD DDD H HH h hh m mm s ss A a Z ZZ E W GGGG Q X [at YYYY]"
    assert written(NOW, pattern) == (
        "2026 26 3 03 Mar March 9 09 68 4 04 4 04 5 05 6 06 AM am +00:00 +0000 1 11 2026 1 1773029106 at YYYY"
    )
