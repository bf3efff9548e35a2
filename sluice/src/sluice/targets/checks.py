"""Health checks: is a version well? In: a check, and the variables of the version. Out: nothing, or why it isn't."""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from string import Template

from msgspec import Struct

from sluice.delivery.deployment.policy import HealthCheck
from sluice.targets.commands import Command, mask, run, shell
from sluice.targets.protocol import TargetError

_ONE_ANSWER, _PAUSE = 5.0, 0.1


class Question(Struct, frozen=True, kw_only=True):
    """A check, the variables of the version that is asked, what of them is not to be told, and the folder in which its
    commands run.
    """

    check: HealthCheck
    variables: Mapping[str, str]
    directory: Path
    masked: tuple[str, ...] = ()


def wait_for_health(question: Callable[[], Question], complaint: Callable[[], str]) -> str:
    """Ask until it is well: each time anew, as a program that is started again is elsewhere. Raises ``TargetError``
    with the last answer when it isn't in time, or never will be.
    """
    began, check = time.monotonic(), question().check
    while True:
        ill = ask(question())
        if ill is None:
            return f"after {time.monotonic() - began:.1f} s"
        if hopeless := complaint():
            raise TargetError(f"it is not healthy: {hopeless}")
        if time.monotonic() - began >= check.timeout:
            raise TargetError(f"it is not healthy after {check.timeout:g} s: {ill}")
        time.sleep(check.interval)


def wait_for_complaint(complaint: Callable[[], str], seconds: float) -> None:
    """Raise ``TargetError`` when there is a complaint within so many seconds."""
    until = time.monotonic() + seconds
    while True:
        if hopeless := complaint():
            raise TargetError(hopeless)
        if time.monotonic() >= until:
            return
        time.sleep(_PAUSE)


def watch(question: Callable[[], Question], complaint: Callable[[], str], seconds: float) -> None:
    """Ask for so many seconds; one bad answer may be chance, two in a row or a complaint raise ``TargetError``."""
    until, bad = time.monotonic() + seconds, 0
    while True:
        if hopeless := complaint():
            raise TargetError(hopeless)
        ill = ask(question())
        bad = bad + 1 if ill else 0
        if bad == 2:
            raise TargetError(f"it became unhealthy: {ill}")
        if time.monotonic() >= until and not bad:
            return
        time.sleep(min(question().check.interval, max(0.05, until - time.monotonic())))


def ask(question: Question) -> str | None:
    """One question: ``None`` when it is well, else what it said."""
    url = question.check.url
    ill = _ask_address(filled(url, question.variables)) if url else _ask_command(question)
    return None if ill is None else mask(ill, question.masked)


def filled(text: str, variables: Mapping[str, str]) -> str:
    """``$PORT_WEB`` and the like replaced."""
    return Template(text).safe_substitute(variables)


def _ask_address(url: str) -> str | None:
    try:
        with _opener(url).open(url, timeout=_ONE_ANSWER) as answer:
            return None if answer.status < 300 else f"{url} answers {answer.status}"
    except urllib.error.HTTPError as error:
        with error:
            return f"{url} answers {error.code}"
    except urllib.error.URLError as error:
        return f"{url}: {getattr(error.reason, 'strerror', None) or error.reason}"
    except (OSError, HTTPException, ValueError) as error:
        return f"{url}: {str(error) or type(error).__name__}"


def _opener(url: str) -> urllib.request.OpenerDirector:
    """No proxy leads to this machine."""
    here = urllib.parse.urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if here else []))


def _ask_command(question: Question) -> str | None:
    command = question.check.command
    given = Command(
        words=shell(command),
        directory=question.directory,
        environment=question.variables,
        timeout=max(_ONE_ANSWER, question.check.interval),
        what=f"`{command}`",
    )
    try:
        run(given)
    except TargetError as error:
        return f"{error.message}\n        {error.hint}" if error.hint else error.message
    return None
