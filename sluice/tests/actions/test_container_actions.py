"""Actions that need a container: refused before the first step, with what would help."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Run

MANIFEST = "name: Contained\nruns: {using: docker, image: IMAGE}\n"


@pytest.mark.parametrize("uses", ["docker://alpine:3", "made/contained@v1", "made/built@v1"])
def test_a_container_action_is_refused_before_the_first_step(
    run: Run, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uses: str
) -> None:
    monkeypatch.setattr("sluice.actions.containers.ENGINES", ("no-docker", "no-podman"))
    settings = "[actions.map]\n"
    for name, image in (("contained", "docker://alpine:3"), ("built", "Dockerfile")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "action.yml").write_text(MANIFEST.replace("IMAGE", image), encoding="utf-8")
        settings += f"'made/{name}' = '{tmp_path}/{name}'\n"
    (repository / "sluice.toml").write_text(settings, encoding="utf-8")
    ran = run(f"on: push\njobs: {{job: {{runs-on: ubuntu-latest, steps: [{{run: echo one}}, {{uses: '{uses}'}}]}}}}")
    reason = ran.job("job").steps["setup"].reason
    assert f"'{uses}' " in reason
    assert "tried: no-docker: not on PATH" in reason
    assert "tried: no-podman: not on PATH" in reason
    assert "install Docker or Podman" in reason
    assert ran.job("job").steps["1"].conclusion == "skipped"


def test_a_local_container_action_is_refused_where_it_stands(run: Run, repository: Path) -> None:
    (repository / "here").mkdir()
    (repository / "here/action.yml").write_text(MANIFEST.replace("IMAGE", "Dockerfile"), encoding="utf-8")
    ran = run("on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}, {uses: ./here}]}}")
    assert "'./here' runs in a container" in ran.job("job").steps["2"].reason
