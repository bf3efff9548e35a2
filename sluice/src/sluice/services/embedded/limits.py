"""What a server without a container can't do, and what it does otherwise.

In: a service. Out: a reason to refuse it, or sentences about options that have no meaning without a container.
"""

from __future__ import annotations

from collections.abc import Iterator

from sluice.runners.container.specification.options import Options, parse_options
from sluice.runners.container.specification.request import ContainerRequest

_NEEDS_CONTAINER = ("--entrypoint", "--mount", "--device", "--privileged", "--read-only")
_NEEDS_NOTHING = frozenset(
    {"--name", "--hostname", "--network-alias", "--net-alias", "--label", "--shm-size", "--restart", "--init"}
    | {"--pull", "--platform", "--tty", "--interactive", "--tmpfs", "--ulimit", "--stop-signal", "--stop-timeout"}
    | {"--log-driver", "--log-opt", "--expose"}
)


def cannot_do(request: ContainerRequest, *, data: str) -> str | None:
    """Why it needs a container, as half a sentence; or ``None``. ``data`` is the image's folder of data."""
    options = parse_options(request.options)
    if request.entrypoint:
        return "an entrypoint needs a container"
    for volume in (*request.volumes, *options.values.get("--volume", ())):
        if not _is_own(volume, data):
            return f"the volume '{volume}' needs a container"
    if "--publish" in options.values:
        return "the option --publish needs a container; ports belong under ports:"
    return next((f"the option {flag} needs a container" for flag in _NEEDS_CONTAINER if flag in options.values), None)


def _is_own(volume: str, data: str) -> bool:
    """A volume of the engine's own at the folder of data: empty at first, gone with the job, as here."""
    source, colon, rest = volume.partition(":")
    target = rest.partition(":")[0] if colon else source
    named = not colon or not source.startswith(("/", ".", "~"))
    return named and (target == data or target.startswith(f"{data}/"))


def ignored_options(options: Options) -> Iterator[str]:
    """A sentence for each option that limits a container and has no effect here."""
    for flag in sorted(options.values.keys() - _NEEDS_NOTHING):
        yield f"the option {flag} has no effect: this server runs without a container"
