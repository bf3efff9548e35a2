#!/usr/bin/env bash
# Holds what `./run_benchmarks.sh all` measured to the limits: 0 all hold, 1 one is broken, 2 there is nothing to judge by.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ $# -eq 0 ]] || { echo "usage: ./validate_performance.sh (without arguments)" >&2; exit 2; }
exec "${PYTHON:-.venv/bin/python}" -m loka_stratum.bench.validating out/benchmarks
