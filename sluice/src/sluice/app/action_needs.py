"""What the built-in actions of a job need of this machine, so that it is known before a run skips the job.

In: a job. Out: what is missing, or nothing. Steps with a condition are not looked at, as the job may do without them,
nor is what an action needs for some of its inputs alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from sluice.app.settings import Settings
from sluice.runners.container.on_demand import EngineOnDemand
from sluice.source.errors import UnavailableError
from sluice.workflow.model import ActionStep, NormalJob

ASK_THE_ENGINE = frozenset({"docker/build-push-action", "docker/login-action", "docker/setup-buildx-action"})
SPEAK_TO_GITHUB = frozenset(
    {
        "actions/create-release",
        "actions/delete-package-versions",
        "actions/deploy-pages",
        "actions/labeler",
        "actions/stale",
        "actions/upload-release-asset",
        "github/codeql-action/upload-sarif",
        "ncipollo/release-action",
        "peter-evans/create-pull-request",
        "softprops/action-gh-release",
    }
)
"""Those that always send something."""


def missing_for_actions(job: NormalJob, settings: Settings, engine: EngineOnDemand) -> str | None:
    """What the first built-in action needs that is not here, and how to have it."""
    for name in _builtin_names(job, settings):
        if name in SPEAK_TO_GITHUB and find_spec("github") is None:
            return f"{name} needs PyGithub: pip install 'sluice-ci[github]'"
        if name in ASK_THE_ENGINE and (reason := _no_engine(engine)):
            return f"{name} needs a container engine: {reason}"
    return None


def _builtin_names(job: NormalJob, settings: Settings) -> Iterator[str]:
    """The actions that are always run, as the registry writes them, but for those that come from elsewhere here."""
    other = {name.lower() for name in (*settings.actions, *settings.real_actions)}
    for step in job.steps:
        if isinstance(step, ActionStep) and step.condition.written is None:
            name = step.uses.value.partition("@")[0].lower()
            if name not in other and "/".join(name.split("/")[:2]) not in other:
                yield name


def _no_engine(engine: EngineOnDemand) -> str | None:
    try:
        engine()
    except UnavailableError as error:
        return error.in_one_line
    return None
