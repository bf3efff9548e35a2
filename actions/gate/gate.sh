#!/usr/bin/env bash
# Judges the reports, tells GitHub, and ends as Sluice does: 0 pass or warnings, 1 fail, 2 could not judge.
# Everything comes in by environment variables (see action.yml), so that no input is ever taken for a command.
set -euo pipefail

install() {
  local repository="$PLACE/../.." place="${RUNNER_TEMP:-/tmp}/sluice-gate"
  if [[ ! -x "$place/bin/sluice" ]]; then
    echo "::group::Install Sluice"
    python3 -m venv "$place"
    sed -nE 's/^([A-Za-z0-9._-]+==[^ ;\\]+).*/\1/p' "$repository/requirements.lock" > "$place/constraints.txt"
    "$place/bin/pip" install --quiet --disable-pip-version-check --constraint "$place/constraints.txt" "$repository/sluice[github]"
    echo "::endgroup::"
  fi
  SLUICE="$place/bin/sluice"
}

# Each line is a pattern; one that matches nothing stays as it is, so that Sluice tells of a missing report.
named() {
  local option="$1" line path
  while IFS= read -r line; do
    line="${line#"${line%%[![:space:]]*}"}" line="${line%"${line##*[![:space:]]}"}"
    [[ -n "$line" ]] || continue
    local IFS=
    for path in $line; do
      if [[ -n "$option" ]]; then words+=("$option=$path"); else reports+=("$path"); fi
    done
  done
}

fetch_base() {
  [[ -n "$BASE_COMMIT" ]] || return 0
  git cat-file -e "$BASE_COMMIT^{commit}" 2>/dev/null && return 0
  git fetch --quiet --no-tags --depth=1 origin "$BASE_COMMIT" || echo "::warning::The base commit can't be fetched"
}

# Baselines of the history belong to ancestors, which a shallow clone doesn't know.
deepen() {
  [[ -f .sluice-history/state/measures.sqlite ]] || return 0
  [[ "$(git rev-parse --is-shallow-repository 2>/dev/null)" == true ]] || return 0
  git fetch --quiet --no-tags --depth=500 origin "$(git rev-parse HEAD)" ||
    echo "::warning::The clone is shallow and can't be deepened: check out with fetch-depth: 0 for baselines"
}

tell() { if [[ -n "${GITHUB_OUTPUT:-}" ]]; then echo "$1=$2" >> "$GITHUB_OUTPUT"; fi; }

[[ -n "$SLUICE" ]] || install
fetch_base
deepen
shopt -s globstar
words=() reports=()
named "" <<< "$REPORTS"
named --base <<< "$BASE"
named --merge-base <<< "$MERGE_BASE"
named --release <<< "$RELEASE"
while IFS= read -r gate; do
  gate="${gate#"${gate%%[![:space:]]*}"}" gate="${gate%"${gate##*[![:space:]]}"}"
  [[ -z "$gate" ]] || words+=("--only=$gate")
done <<< "$ONLY"
[[ -z "$ADVISORIES" ]] || words+=("--advisories=$ADVISORIES")
[[ -z "$POLICY_COMMIT" ]] || words+=("--policy-commit=$POLICY_COMMIT")
[[ "$RECORD" != true ]] || words+=(--record)
[[ "$COMMENT" != true ]] || words+=("--comment=$NAME")
mkdir -p "$OUT"
rm -f "$OUT"/measures.jsonl "$OUT"/gates.*
for form in markdown=md sarif=sarif junit=xml json=json github=annotations; do
  words+=("--write=${form%=*}=$OUT/gates.${form#*=}")
done

code=0
SLUICE_HOME="$PWD/.sluice-history" "$SLUICE" gate "${words[@]}" --keep="$OUT/measures.jsonl" -- "${reports[@]}" || code=$?
tell exit-code "$code"
tell measured "$([[ -s "$OUT/measures.jsonl" ]] && echo true || echo false)"
tell recorded "$([[ "$RECORD" == true && -d .sluice-history ]] && echo true || echo false)"
if [[ -f "$OUT/gates.json" ]]; then
  for form in sarif junit=xml json; do tell "${form%=*}" "$OUT/gates.${form#*=}"; done
  if [[ -n "${GITHUB_STEP_SUMMARY:-}" ]]; then cat "$OUT/gates.md" >> "$GITHUB_STEP_SUMMARY"; fi
  cat "$OUT/gates.annotations"
fi
exit "$code"
