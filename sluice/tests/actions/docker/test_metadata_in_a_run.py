"""docker/metadata-action as a step of workflows that run for real."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from running import Run

WORKFLOW = """on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: |
            # both of them
            ghcr.io/Octo/App
            octo/app
          tags: |
            # the branch
            type=ref,event=branch
            RULE
          labels: |
            # what is written on it
            org.opencontainers.image.title=Mine
            built-from={{branch}}#{{sha}}
      - env:
          JSON: "${{ steps.meta.outputs.json }}"
          VERSION: "${{ fromJSON(steps.meta.outputs.json).labels['org.opencontainers.image.version'] }}"
          FILE: ${{ steps.meta.outputs.bake-file }}
        run: |
          echo ">$JSON"
          echo ">$VERSION $DOCKER_METADATA_OUTPUT_VERSION $(tr -d ' \\n' < "$FILE" | head -c 40)"
          echo ">$GITHUB_SHA"
"""


def test_tags_labels_and_files_reach_later_steps(run: Run) -> None:
    ran = run(WORKFLOW.replace("RULE", "type=sha"))
    document, line, sha = ran.said("job")
    found = json.loads(document)
    assert found["tags"] == [
        "ghcr.io/octo/app:main",
        f"ghcr.io/octo/app:sha-{sha[:7]}",
        "octo/app:main",
        f"octo/app:sha-{sha[:7]}",
    ]
    assert found["labels"]["org.opencontainers.image.title"] == "Mine"
    assert found["labels"]["org.opencontainers.image.revision"] == sha
    assert found["labels"]["built-from"] == f"main#{sha[:7]}"
    assert line == 'main main {"target":{"docker-metadata-action":{"ta'


def test_an_illegal_tag_fails_the_step_and_names_its_rule(run: Run) -> None:
    ran = run(WORKFLOW.replace("RULE", "type=raw,value=-x"))
    assert ran.code == 1
    assert "The rule 'type=raw,value=-x' makes the tag '-x'" in (ran.job("job").steps["1"].reason or "")


PULLED = """on: pull_request_target
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - id: meta
        env: {DOCKER_METADATA_PR_HEAD_SHA: true, DOCKER_METADATA_SET_OUTPUT_ENV: false}
        uses: docker/metadata-action@v5
        with: {images: octo/app, tags: "type=ref,event=pr"}
      - run: |
          echo ">${{ steps.meta.outputs.tags }} ${DOCKER_METADATA_OUTPUT_VERSION:-none}"
          echo ">${{ fromJSON(steps.meta.outputs.json).labels['org.opencontainers.image.revision'] }}"
          echo ">${{ github.event.pull_request.head.sha }}"
"""


def test_variables_choose_the_head_of_a_pull_request_and_no_variables_for_later_steps(
    run: Run, repository: Path
) -> None:
    (repository / ".github/workflows/w.yml").write_text(PULLED, encoding="utf-8")
    for words in (
        ["add", "."],
        ["commit", "-qm", "W"],
        ["checkout", "-qb", "more"],
        ["commit", "-qm", "M", "--allow-empty"],
    ):
        subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *words], cwd=repository, check=True)
    ran = run(PULLED, event="pull_request_target", base="main")
    tags, revision, head = ran.said("job")
    assert (tags, revision) == ("octo/app:pr-1 none", head)
