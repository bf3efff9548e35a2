"""docker/metadata-action as a step of workflows that run for real."""

from __future__ import annotations

import json

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
