"""A job has a ``/tmp`` of its own: built-in actions find there what its steps wrote, and write there what they read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from running import Run

pytestmark = pytest.mark.slow
PLACE = f"/tmp/sluice-below-{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}"
WORKFLOW = f"""on: push
permissions: {{contents: write, security-events: write}}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - shell: python
        run: |
          from pathlib import Path
          place = Path("{PLACE}")
          place.mkdir()
          (place / "notes.md").write_text("notes")
          (place / "a.zip").write_text("zip")
          (place / "x.sarif").write_text(
              '{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "x"}}}}, "results": []}}]}}')
          (place / "coverage.xml").write_text('<coverage line-rate="0.5" version="1"><packages/></coverage>')
          (place / "Dockerfile").write_text("FROM debian:12\\nUSER 1\\n")
      - uses: github/codeql-action/upload-sarif@v3
        with: {{sarif_file: {PLACE}/x.sarif}}
      - id: one
        uses: softprops/action-gh-release@v2
        with:
          tag_name: v1
          body_path: {PLACE}/notes.md
          files: {PLACE}/*.zip
          fail_on_unmatched_files: true
      - uses: actions/upload-release-asset@v1
        env: {{GITHUB_TOKEN: "${{{{ github.token }}}}"}}
        with:
          upload_url: ${{{{ steps.one.outputs.upload_url }}}}
          asset_path: {PLACE}/notes.md
          asset_name: notes.md
          asset_content_type: text/plain
      - uses: codecov/codecov-action@v4
        with: {{files: {PLACE}/coverage.xml, disable_search: true, fail_ci_if_error: true, token: given}}
      - uses: hadolint/hadolint-action@v3.1.0
        with: {{dockerfile: {PLACE}/Dockerfile, format: json, output-file: {PLACE}/out/found.json}}
      - run: echo ">$(cat {PLACE}/out/found.json)"
"""


def test_what_steps_and_actions_write_there_both_find(run: Run) -> None:
    ran = run(WORKFLOW)
    if "temporary files" not in ran.job("job").isolation:
        pytest.skip("no /tmp of a job's own here")
    assert ran.code == 0
    assert [one.kind for one in ran.state.effects()] == ["sarif", "release", "asset", "asset", "coverage-upload"]
    assert ran.said("job") == ["[]"]
    assert not (Path(tempfile.gettempdir()) / Path(PLACE).name).exists()
