"""A workflow of one job whose script asks GitHub, or what stands for it in a rehearsal."""

from __future__ import annotations

_HEAD = """on: [push, pull_request]
PERMISSIONS
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - env: {GH_TOKEN: "${{ github.token }}"}
        shell: bash
        run: |
"""


def workflow(script: str, permissions: str = "") -> str:
    """Its text; ``permissions`` is the line of the workflow's own."""
    lines = "".join(f"          {line}\n" for line in script.strip().splitlines())
    return _HEAD.replace("PERMISSIONS", permissions) + lines
