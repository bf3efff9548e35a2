"""Rules for containers: a job's own and its services."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from sluice.source.diagnostics import Severity
from sluice.workflow.lint.rule import Finding, rule
from sluice.workflow.lint.subject import Subject
from sluice.workflow.tokens import MappingToken, StringToken, Token

# docs.github.com: workflow syntax, jobs.<job_id>.container.options and jobs.<job_id>.services.<service_id>.options
_OF_NETWORKS = frozenset({"--network", "--net"})
_OF_ENTRY = frozenset({"--entrypoint"})
_HINTS = {
    **dict.fromkeys(_OF_NETWORKS, "containers of a job reach each other by name"),
    "--entrypoint": "run what the image's entry point does in a step",
}


@rule(
    Severity.ERROR,
    "The network of a container is the job's, and the entry point of a job's container is the runner's.",
    "container: {image: node, options: --network host}",
)
def container_option(subject: Subject) -> Iterator[Finding]:
    """Options of containers that GitHub does not support."""
    for container, own in _containers(subject):
        options = container.get("options")
        if isinstance(options, StringToken):
            refused = _OF_NETWORKS | (_OF_ENTRY if own else frozenset())
            for flag in sorted(_flags(options.value) & refused):
                yield Finding(
                    span=options.span,
                    message=f"The option '{flag}' is not supported for {'a job' if own else 'a service'}'s container",
                    hint=_HINTS[flag],
                )


def _flags(options: str) -> frozenset[str]:
    try:
        words = shlex.split(options)
    except ValueError:
        return frozenset()
    return frozenset(word.partition("=")[0] for word in words if word.startswith("--"))


@rule(
    Severity.WARNING,
    "A password in the file can be read by everyone who can read the repository.",
    "credentials: {username: me, password: hunter2}",
)
def written_password(subject: Subject) -> Iterator[Finding]:
    """Passwords of container registries that are no expressions."""
    for container, _ in _containers(subject):
        credentials = container.get("credentials")
        password = credentials.get("password") if isinstance(credentials, MappingToken) else None
        if isinstance(password, StringToken):
            yield Finding(
                span=password.span,
                message="This password is written out in the file",
                hint="keep it as a secret and write ${{ secrets.NAME }}",
            )


def _containers(subject: Subject) -> Iterator[tuple[MappingToken, bool]]:
    """Every container that is described, and whether it is a job's own."""
    for job in subject.normal_jobs():
        found: list[tuple[Token | None, bool]] = [(job.container, True)]
        if isinstance(job.services, MappingToken):
            found += [(value, False) for _, value in job.services.entries]
        yield from ((token, own) for token, own in found if isinstance(token, MappingToken))


RULES = (container_option, written_password)
