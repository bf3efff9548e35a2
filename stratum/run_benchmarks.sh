#!/usr/bin/env bash
# Measures the proxy. Results are pytest-benchmark's JSON in out/benchmarks; run `make setup` first.
set -euo pipefail
cd "$(dirname "$0")/.."
results=out/benchmarks baselines=out/baselines
python="${PYTHON:-.venv/bin/python}" sluice="${SLUICE:-.venv/bin/sluice}"

usage() {
  cat >&2 <<'END'
usage: ./run_benchmarks.sh COMMAND
  all               critical, then metrics
  critical [...]    the way of a share through the proxy (--rounds N, --steps-only)
  metrics [...]     what counting costs, native and from Python (--rounds N)
  baseline NAME     measure all, and keep it under that name
  compare           this tree and the commit before it, in turns: the one that can be trusted
  compare BASE      what was measured last, with a kept baseline
  compare BASE NOW  two kept baselines
  list              the kept baselines
END
  exit 2
}

critical() { "$python" -m loka_stratum.bench.critical "$results/critical.json" "$@"; }
metrics() { "$python" benches/metrics.py --json "$results/metrics.json" "$@"; }
all() { critical; metrics; }

named() {
  [[ "$1" =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ ]] || { echo "'$1' is no name: letters, digits, dots and dashes" >&2; exit 2; }
}

kept() {
  named "$1"
  [[ -d "$baselines/$1" ]] || { echo "there is no baseline '$1'; ./run_benchmarks.sh list" >&2; exit 2; }
}

baseline() {
  all
  rm -rf "${baselines:?}/$1"
  mkdir -p "$baselines"
  cp -r "$results" "$baselines/$1"
  echo "Kept as $1."
}

in_turns() {
  "$sluice" bench compare "${BASE:-HEAD~1}" . --build "${BUILD:-make setup}" --report out/benchmarks/critical.json --most "${MOST:-24}" \
    --out compared -- "$python" -m loka_stratum.bench.critical out/benchmarks/critical.json --steps-only --rounds 8
}

command="${1:-}"
shift || usage
mkdir -p "$results"
case "$command/$#" in
  critical/*) critical "$@" ;;
  metrics/*) metrics "$@" ;;
  all/0) all ;;
  baseline/1) named "$1"; baseline "$1" ;;
  compare/0) in_turns ;;
  compare/1) kept "$1"; "$python" -m loka_stratum.bench.comparing "$baselines/$1" "$results" ;;
  compare/2) kept "$1"; kept "$2"; "$python" -m loka_stratum.bench.comparing "$baselines/$1" "$baselines/$2" ;;
  list/0) if [[ -d "$baselines" ]]; then ls "$baselines"; fi ;;
  *) usage ;;
esac
