"""The keys and display names of job runs. In: ids, names and matrix values. Out: texts, in GitHub's form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluice.expressions.conversion import to_text
from sluice.expressions.values import Dictionary, Value

NAME_LIMIT = 100
_ELLIPSIS = "..."


def leg_key(node: str, index: int) -> str:
    """The key of a matrix leg: ``index`` counts from 0, the key from 1 (``test.1``)."""
    return f"{node}.{index + 1}"


def node_of(run: str) -> str:
    """The node's key that a job run belongs to: ``deploy.1/build.2`` -> ``deploy.1/build``. Ids have no dots."""
    parent, slash, last = run.rpartition("/")
    return f"{parent}{slash}{last.partition('.')[0]}"


def what_there_is(keys: Sequence[str]) -> str:
    """``there are test.1, test.2``: for whoever asked for another one."""
    return f"there {'is' if len(keys) == 1 else 'are'} {', '.join(keys)}"


def default_name(name: str, segments: Sequence[str]) -> str:
    """``test (3.11, ubuntu)``: the job's name with its matrix values, 100 characters at most."""
    return shorten(f"{name} ({', '.join(segments)})" if segments else name)


def nested_name(caller: str, name: str) -> str:
    """The name of a job in a called workflow: ``caller / name``; just ``name`` at the top."""
    return f"{caller} / {name}" if caller else name


def shorten(name: str) -> str:
    """A name cut to 100 characters, the last three of them dots."""
    return name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - len(_ELLIPSIS)] + _ELLIPSIS


def segments_of(value: Value) -> Iterator[str]:
    """The texts that stand for a matrix value in a name: its leaves in order; null and empty ones are left out."""
    match value:
        case Dictionary():
            for item in value.values():
                yield from segments_of(item)
        case list():
            for item in value:
                yield from segments_of(item)
        case _:
            text = to_text(value)
            if text:
                yield text
