"""The words of a call: which is the verb, and what options of it say. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

_VALUED = frozenset(
    (
        *("-C", "-w", "--prefix", "--workspace", "--registry", "--tag", "--access", "--otp", "--userconfig", "--dir"),
        *("-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"),
        *("--filter", "-F", "--color", "--config", "--directory", "--project", "-p", "--package", "-Z"),
    )
)
"""Options of programs that publish whose value is a word of its own, and may come before the verb."""


def plain(words: Sequence[str]) -> Iterator[str]:
    """The words that are neither options nor their values."""
    rest = iter(words)
    for word in rest:
        if word in _VALUED:
            next(rest, None)
        elif not word.startswith(("-", "+")):
            yield word


def taken_out(words: Sequence[str], options: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The values of ``options`` by the names that these are given, and the words without them."""
    given: dict[str, str] = {}
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in options:
            given[options[option]] = value if equals else next(rest, "")
        else:
            kept.append(word)
    return given, kept


def has(words: Container[str], *options: str) -> bool:
    """Whether one of the options is among the words."""
    return any(option in words for option in options)
