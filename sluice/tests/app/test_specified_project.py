"""One workflow for each feature that the specification's public project uses, in its shape, run for real."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import put
from running import Run

pytestmark = pytest.mark.slow


@pytest.fixture
def shapes(repository: Path, run_file: Run) -> Run:
    put("shapes", repository)
    return run_file


@pytest.mark.needs_root
def test_a_service_whose_image_comes_from_the_matrix(shapes: Run) -> None:
    ran = shapes("services.yml")
    assert ran.results() == {f"database.{number}": "success" for number in range(1, 5)}
    for number, version in enumerate(("13", "14", "15", "16"), 1):
        log = ran.log(f"database.{number}")
        assert f"PostgreSQL {version} answers" in log
        assert any(f"starting PostgreSQL {version}." in line for line in log)


def test_object_matrices_and_json_of_what_a_step_said(shapes: Run) -> None:
    ran = shapes("variants.yml")
    said = [
        "release of release, 1.2, app:1.2, both",
        "debug of debug, 1.2, app:1.2-debug, one",
        "slim of runtime, 1.2, app:1.2-slim, both",
    ]
    assert [line in ran.log(f"variants.{number}") for number, line in enumerate(said, 1)] == [True] * 3


def test_what_a_last_job_makes_of_results(shapes: Run) -> None:
    ran = shapes("results.yml")
    assert ran.results() == {"lint": "success", "benchmark": "skipped", "test": "failure", "notify": "success"}
    log = ran.log("notify")
    assert "lint success, test failure, benchmark skipped" in log
    assert "any true, all success+failure+skipped" in log
    assert ran.code == 1


def test_outputs_of_several_lines(shapes: Run) -> None:
    log = shapes("changelog.yml").log("release")
    assert [line for line in log if line.startswith("body: ")] == [
        "body: - first = 1",
        "body: ",
        "body: - second << two",
    ]
    assert "3" in log


@pytest.mark.parametrize(
    ("ref", "results", "said"),
    [
        ("refs/heads/main", {"production": "skipped", "pre-release": "skipped"}, ""),
        ("refs/tags/v1.2.3", {"production": "success", "pre-release": "skipped"}, "ships 1.2.3"),
        ("refs/tags/v2.0.0-rc.1", {"production": "skipped", "pre-release": "success"}, ":v2.0.0-rc.1"),
    ],
)
def test_conditions_on_tags(shapes: Run, ref: str, results: dict[str, str], said: str) -> None:
    ran = shapes("environments.yml", ref=ref)
    assert ran.results() == results
    log = [line for job, result in results.items() if result == "success" for line in ran.log(job)]
    assert not said or any(line.endswith(said) for line in log)
    if results["pre-release"] == "success":
        (key,) = [line for line in log if line.startswith("Linux-cargo-")]
        assert len(key) == len("Linux-cargo-") + 64
