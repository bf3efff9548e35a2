"""``re-actors/alls-green``: whether the jobs that this one needs ended as they must. The decision is pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from msgspec import Struct

from sluice.actions.builtin.manifests import read_manifest
from sluice.actions.protocol import ActionFailedError, ActionHost, BuiltinAction

_MANIFEST = """
name: alls-green
inputs:
  jobs: {required: true}
  allowed-failures: {default: "[]"}
  allowed-skips: {default: "[]"}
outputs:
  failure: {description: whether a job that must succeed did not}
  result: {description: success or failure}
  success: {description: the opposite of failure}
runs: {using: node20, main: built-in}
"""
_MARKS = {"success": "✓", "failure": "❌"}


class Judgement(Struct, frozen=True, kw_only=True):
    """``results`` by job (``success``, ``failure``, ``cancelled``, ``skipped``), and who may do else than succeed."""

    results: Mapping[str, str]
    may_fail: frozenset[str]
    may_be_skipped: frozenset[str]

    def allowed(self, job: str) -> frozenset[str]:
        """The results with which a job does not stand in the way."""
        extra = {"failure": self.may_fail, "skipped": self.may_be_skipped}
        return frozenset({"success", *(result for result, jobs in extra.items() if job in jobs)})

    @property
    def green(self) -> bool:
        """Whether every job ended with a result that it may have."""
        return all(result in self.allowed(job) for job, result in self.results.items())

    def report(self) -> Iterator[str]:
        """The lines of the step's summary."""
        good, bad = "# ✓ All of the required jobs succeeded", "# ❌ Some of the jobs that must succeed did not"
        yield good if self.green else bad
        yield ""
        for job, result in self.results.items():
            yield f"- {_MARKS.get(result, '⬜')} {job}: {result} ({self._duty(job)})"

    def _duty(self, job: str) -> str:
        if job in self.may_fail:
            return "allowed to fail"
        return "required to succeed or be skipped" if job in self.may_be_skipped else "required to succeed"


class AllsGreen(BuiltinAction):
    """The action."""

    manifest = read_manifest(_MANIFEST, "re-actors/alls-green")

    async def main(self, host: ActionHost) -> None:
        """Judge, say why in the log and in the summary, fail when it isn't green."""
        found = Judgement(
            results=_results(host.inputs["jobs"]),
            may_fail=_names(host.inputs["allowed-failures"], "allowed-failures"),
            may_be_skipped=_names(host.inputs["allowed-skips"], "allowed-skips"),
        )
        report = list(found.report())
        for line in report:
            host.log(line)
        host.add_summary("\n".join(report) + "\n")
        host.set_output("failure", str(not found.green).lower())
        host.set_output("result", "success" if found.green else "failure")
        host.set_output("success", str(found.green).lower())
        if not found.green:
            raise ActionFailedError(_reason(found))


def _reason(found: Judgement) -> str:
    bad = [f"{job} ({result})" for job, result in found.results.items() if result not in found.allowed(job)]
    return f"Some of the jobs that must succeed did not: {', '.join(bad)}"


def _results(text: str) -> dict[str, str]:
    """``toJSON(needs)`` as results by job."""
    try:
        jobs = json.loads(text)
        results = {str(job): str(facts["result"]) for job, facts in (jobs or {}).items()}
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise ActionFailedError("Input 'jobs' must be the needs context as JSON: ${{ toJSON(needs) }}") from error
    if not results:
        raise ActionFailedError("Invalid input jobs matrix, please provide a non-empty `needs` context")
    return results


def _names(text: str, name: str) -> frozenset[str]:
    """A list of jobs, as JSON or with commas."""
    try:
        found = json.loads(text)
    except ValueError:
        found = text.split(",")
    if not isinstance(found, list):
        raise ActionFailedError(f"Input '{name}' must be a list of jobs, as JSON or with commas between; it is {text}")
    return frozenset(str(one).strip() for one in found if one)
