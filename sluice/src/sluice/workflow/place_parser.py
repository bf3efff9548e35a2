"""Where a job runs: ``runs-on``, ``container``, ``services``, ``environment``, ``snapshot``.

In: a job's fields. Out: what is wrong with them; the model keeps them as they stand, since expressions may give them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sluice.workflow.fields import Fields
from sluice.workflow.tokens import MappingToken, SequenceToken, Token

_GROUP_OWNERS = frozenset({"org", "organization", "ent", "enterprise"})
_RUNS_ON_KEYS = ("group", "labels")
_CONTAINER_KEYS = ("image", "options", "env", "ports", "volumes", "credentials")
_SERVICE_KEYS = (*_CONTAINER_KEYS, "entrypoint", "command")
_SNAPSHOT_KEYS = ("image-name", "if", "version")


def check_place(job: Fields) -> None:
    """Everything that GitHub refuses before it looks for a machine."""
    _check_runs_on(job)
    _check_environment(job)
    _check_snapshot(job)
    for name in ("outputs", "steps"):
        job.no_expression(name)
    if isinstance(job.get("services"), MappingToken):
        _check_services(job.fields("services"))
    for token, allowed in _described(job):
        _check_container(Fields(token, job.problems, token.span), allowed)


def _check_services(services: Fields) -> None:
    for name, _ in services.literal_items():
        services.filled(name.value)
        services.plain_or_mapping(name.value)


def _described(job: Fields) -> Iterator[tuple[MappingToken, tuple[str, ...]]]:
    container, services = job.get("container"), job.get("services")
    if isinstance(container, MappingToken):
        yield container, _CONTAINER_KEYS
    for _, service in services.literal_items() if isinstance(services, MappingToken) else ():
        if isinstance(service, MappingToken):
            yield service, _SERVICE_KEYS


def _check_container(container: Fields, allowed: tuple[str, ...]) -> None:
    container.check(allowed)
    for name in ("image", "options", "entrypoint", "command"):
        container.plain(name)
    for name in ("env", "credentials"):
        container.texts(name)
    for name in ("ports", "volumes"):
        container.list_of_texts(name)
    container.filled("image")
    if isinstance(container.get("credentials"), MappingToken):
        _check_credentials(container.fields("credentials"))
    if not container.has("image") and not container.is_open:
        container.problems.add(container.span, "container-image", "Container image cannot be empty")


def _check_credentials(credentials: Fields) -> None:
    credentials.check(("username", "password"))
    for name in ("username", "password"):
        credentials.filled(name)


def _check_snapshot(job: Fields) -> None:
    job.filled("snapshot")
    token: Token | None = job.plain_or_mapping("snapshot")
    if isinstance(token, MappingToken):
        snapshot = Fields(token, job.problems, token.span)
        snapshot.check(_SNAPSHOT_KEYS)
        for name in ("image-name", "version"):
            snapshot.no_expression(name)
        snapshot.required_text("image-name")
        snapshot.filled("version")
        snapshot.plain("version")
        snapshot.condition("if")
    else:
        job.no_expression("snapshot")


def _check_environment(job: Fields) -> None:
    token = job.get("environment")
    if isinstance(token, MappingToken):
        fields = Fields(token, job.problems, token.span)
        fields.check(("name", "url", "deployment"))
        fields.required("name")


def _check_runs_on(job: Fields) -> None:
    token = job.filled("runs-on")
    if isinstance(token, SequenceToken):
        job.list_of_texts("runs-on")
    if not isinstance(token, MappingToken):
        return
    fields = Fields(token, job.problems, token.span)
    fields.check(_RUNS_ON_KEYS)
    group = fields.located("group")
    if group is None or "/" not in group.value or "${{" in group.value:
        return
    owner, _, name = group.value.partition("/")
    message = f"Invalid runs-on group name '{group.value}'."
    if owner.lower() not in _GROUP_OWNERS or "/" in name:
        message += " Please use 'organization/' or 'enterprise/' prefix to target a single runner group."
    elif name:
        return
    job.problems.add(group.span, "runs-on-group", message)
