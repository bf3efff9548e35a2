"""Workflows that set up a toolchain by an action and run a script with it."""

from __future__ import annotations


def set_up(identifier: str, uses: str, inputs: str, script: str = "true") -> str:
    """One job: a checkout, the action as the step ``identifier``, the script."""
    return f"""on: push
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {{id: {identifier}, uses: {uses}, with: {{{inputs}}}}}
      - run: |
          {script}
"""
