"""What a job takes from elsewhere: actions and workflows of git hosts, images and servers, and what its scripts get.

In: a job. Out: a sentence, or nothing. Whether it can be had is not tried: that would be half of the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sluice.actions.builtin.registry import BUILTINS
from sluice.actions.repositories import OF_THE_REPOSITORY, Repositories, parse_remote
from sluice.source.errors import UnavailableError
from sluice.workflow.model import ActionStep, NormalJob, ReusableJob, RunStep, Step
from sluice.workflow.tokens import ExpressionToken, StringToken

_CLIENTS = re.compile(
    r"(?:^|[\s;&|(`/])(?:"
    r"(?P<python>pipx?3?|uv|uvx|poetry|pdm|hatch|tox|nox|conda|mamba|pixi) "
    r"|(?P<node>npm (?:ci|i|install|exec)|npx|pnpm|yarn|bun) ?"
    r"|(?P<go>go (?:install|get|mod download|run|build|test|vet)) "
    r"|(?P<rust>cargo (?!fmt|clean)[a-z+]\S*|rustup) ?"
    r"|(?P<system>apt-get|apt|apk|dnf|yum|brew) "
    r"|(?P<web>curl|wget|gh|git (?:clone|fetch|pull|submodule)) "
    r"|(?P<images>(?:docker|podman) (?:pull|run|build|buildx|compose|push)) "
    r")",
    re.MULTILINE,
)
_PLACES = {
    "python": "Python's package index",
    "node": "npm's registry",
    "go": "Go's module proxy",
    "rust": "crates.io and Rust's releases",
    "system": "the system's packages",
    "web": "the network",
    "images": "image registries",
}


def taken_from_elsewhere(
    job: NormalJob | ReusableJob, repositories: Repositories, steps: Sequence[Step] = (), versions: Iterable[str] = ()
) -> str | None:
    """What the job fetches, as a clause. ``repositories`` say what is here already: they must be offline. ``steps`` are
    the job's and those of its actions, ``versions`` what they set up that isn't here.
    """
    if isinstance(job, ReusableJob):
        fetched = [job.uses.value] if _is_absent(job.uses.value, repositories) else []
        return f"fetches {fetched[0]}" if fetched else None
    fetched = sorted({step.uses.value for step in _actions(steps) if _is_absent(step.uses.value, repositories)})
    places = dict.fromkeys(place for step in steps if isinstance(step, RunStep) for place in _places(step))
    fetched += sorted({step.uses.value for step in steps if isinstance(step, ActionStep) and _is_image(step)})
    fetched += dict.fromkeys(versions)
    fetched += ["the image of its container"] if job.container is not None else []
    fetched += ["what serves its services"] if job.services is not None else []
    parts = [f"fetches {', '.join(fetched)}"] if fetched else []
    parts += [f"its scripts may fetch from {', '.join(places)}"] if places else []
    return "; ".join(parts) or None


def _actions(steps: Iterable[Step]) -> Iterator[ActionStep]:
    for step in steps:
        if isinstance(step, ActionStep) and not _is_image(step):
            yield step


def _is_image(step: ActionStep) -> bool:
    return step.uses.value.startswith("docker:")


def _is_absent(uses: str, repositories: Repositories) -> bool:
    if uses.startswith(OF_THE_REPOSITORY) or uses.partition("@")[0].lower() in BUILTINS:
        return False
    try:
        repositories.find(parse_remote(uses))
    except UnavailableError:
        return True
    return False


def _places(step: RunStep) -> Iterator[str]:
    script = step.run
    text = (
        script.value if isinstance(script, StringToken) else script.raw if isinstance(script, ExpressionToken) else ""
    )
    for match in _CLIENTS.finditer(text):
        yield _PLACES[match.lastgroup or "web"]
