"""Which tasks belong to which period: the specification's lists, each task with the sentence that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from sluice.app.maintaining.benchmarks import look_at_benchmarks
from sluice.app.maintaining.dependencies import look_at_dependencies, look_at_updates
from sluice.app.maintaining.documentation import look_at_documentation
from sluice.app.maintaining.failures import look_at_failures
from sluice.app.maintaining.flaky import look_at_flaky
from sluice.app.maintaining.industry import look_at_industry
from sluice.app.maintaining.packages import look_at_packages
from sluice.app.maintaining.policies import look_at_policies
from sluice.app.maintaining.recovery.drills import rehearse_recovery
from sluice.app.maintaining.retrospective import look_back
from sluice.app.maintaining.scene import Scene
from sluice.app.maintaining.security import look_at_security
from sluice.app.maintaining.speed import look_at_caches, look_at_jobs, look_at_runs
from sluice.app.maintaining.storage import look_at_disk, look_at_infrastructure
from sluice.app.maintaining.waivers import look_at_waivers
from sluice.app.maintaining.workflows import look_at_secrets, look_at_workflows
from sluice.delivery.maintenance.model import Period, Section


class Task(Struct, frozen=True, kw_only=True):
    """A section of a report: its name for the command line, its title, and what looks."""

    name: str
    title: str
    look: Callable[[Scene], Section]


_FAILURES = "Review failed workflows and address issues"
_TRENDS = "Check performance benchmark trends"
_UPDATES = "Review and merge update pull requests"
_POLICIES = "Review and update security policies"
_PERFORMANCE = "Analyze build performance metrics"
_REQUIREMENTS = "Update CI/CD workflows for new requirements"
_ROOM = "Plan infrastructure upgrades"


def _task(name: str, title: str, look: Callable[[Scene], Section]) -> Task:
    return Task(name=name, title=title, look=look)


_RECOVERY = _task("recovery", "Test disaster recovery procedures", rehearse_recovery)

TASKS: Mapping[Period, tuple[Task, ...]] = {
    Period.WEEKLY: (
        _task("failures", _FAILURES, look_at_failures),
        _task("flaky", f"{_FAILURES}: flaky jobs and tests", look_at_flaky),
        _task("benchmarks", _TRENDS, look_at_benchmarks),
        _task("jobs", f"{_TRENDS}: the slowest jobs", look_at_jobs),
        _task("caches", f"{_TRENDS}: caches", look_at_caches),
        _task("documentation", "Update documentation for new features", look_at_documentation),
        _task("dependencies", f"{_UPDATES}: what is out of date", look_at_dependencies),
        _task("updates", _UPDATES, look_at_updates),
        _task("waivers", "Waivers that end soon", look_at_waivers),
    ),
    Period.MONTHLY: (
        _task("performance", _PERFORMANCE, look_at_runs),
        _task("benchmarks", f"{_PERFORMANCE}: measures", look_at_benchmarks),
        _task("caches", f"{_PERFORMANCE}: caches", look_at_caches),
        _task("security", "Review security scanning results", look_at_security),
        _task("workflows", _REQUIREMENTS, look_at_workflows),
        _task("secrets", f"{_REQUIREMENTS}: secrets and variables", look_at_secrets),
        _RECOVERY,
        _task("disk", "Disk, and what can be removed", look_at_disk),
        _task("packages", "Old packages", look_at_packages),
    ),
    Period.QUARTERLY: (
        _task("policies", _POLICIES, look_at_policies),
        _task("industry", "Benchmark CI/CD performance against industry standards", look_at_industry),
        _task("infrastructure", _ROOM, look_at_infrastructure),
        _task("disk", f"{_ROOM}: disk, and what can be removed", look_at_disk),
        _task("retrospective", "Conduct CI/CD system retrospectives", look_back),
        _RECOVERY,
    ),
}
"""In the order of the report."""
