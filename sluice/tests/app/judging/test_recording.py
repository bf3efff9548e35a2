"""A run whose jobs measure something: its gate, what is kept of it, and the page of it beside the report."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running import Run

from sluice.app.judging.measuring import find_history
from sluice.evidence.model import Better, Measure
from sluice.store.ledgers.measures import MeasureHistory

pytestmark = [pytest.mark.needs_git, pytest.mark.slow]
ACTION = Path(__file__).parents[4] / "actions/gate"
SLUICE = Path(sys.executable).with_name("sluice")
WORKFLOW = f"""on: push
jobs:
  measure:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {{fetch-depth: 0}}
      - run: |
          mkdir -p out
          echo '{{"measure": "size/image", "value": '"$(cat size)"', "unit": "MB"}}' > out/size.jsonl
      - uses: ./actions/gate
        with:
          reports: out/*.jsonl
          sluice: {SLUICE}
"""


def commit(root: Path, size: str) -> str:
    (root / "size").write_text(size, encoding="utf-8")
    name = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    for words in (["add", "--all"], [*name, "commit", "--quiet", "-m", size]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=root, text=True).strip()


@pytest.fixture
def gated(repository: Path) -> Path:
    shutil.copytree(ACTION, repository / "actions/gate")
    (repository / ".gitignore").write_text("out\n.sluice-history\n", encoding="utf-8")
    (repository / "sluice.toml").write_text('[gate."size/*"]\nfail = "> +1 MB"\n', encoding="utf-8")
    (repository / ".github/workflows/w.yml").write_text(WORKFLOW, encoding="utf-8")
    return repository


def test_a_run_is_gated_kept_and_compared_with_by_the_next(gated: Path, run: Run) -> None:
    first = commit(gated, "4")
    assert run(WORKFLOW).code == 0
    second = commit(gated, "6")
    red = run(WORKFLOW)
    assert red.code == 1
    log = "".join(path.read_text(encoding="utf-8") for path in red.folder.glob("logs/**/*") if path.is_file())
    assert "+2 MB is > +1 MB" in log
    recorded = [(one.commit, one.measure.value) for one in find_history().series(str(gated), "size/image")]
    assert recorded == [(first, 4.0), (second, 6.0)]


def test_a_change_cannot_bring_its_own_history(gated: Path, run: Run) -> None:
    first = commit(gated, "4")
    forged = Measure(name="size/image", unit="MB", better=Better.LOWER, value=100)
    MeasureHistory(gated / ".sluice-history/state/measures.sqlite").append("local/repository", first, [forged], 0.0)
    for words in (["checkout", "--quiet", "-b", "change"], ["add", "--force", ".sluice-history"]):
        subprocess.run(["git", *words], cwd=gated, check=True)
    commit(gated, "6")
    ran = run(WORKFLOW.replace("on: push", "on: pull_request"), event="pull_request")
    log = "".join(path.read_text(encoding="utf-8") for path in ran.folder.glob("logs/**/*") if path.is_file())
    assert "new: no baseline has it" in log


def test_a_run_of_a_tree_with_changes_is_not_kept(gated: Path, run: Run) -> None:
    commit(gated, "4")
    (gated / "size").write_text("5", encoding="utf-8")
    assert run(WORKFLOW).code == 0
    assert find_history().names(str(gated)) == []


def test_the_report_has_a_page_of_measures(gated: Path, run: Run) -> None:
    commit(gated, "4")
    ran = run(WORKFLOW, output="plain")
    assert 'href="measures.html"' in (ran.folder / "report.html").read_text(encoding="utf-8")
    page = (ran.folder / "measures.html").read_text(encoding="utf-8")
    assert '<td>size/image</td><td class="number">4 MB</td>' in page
