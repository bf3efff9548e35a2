"""Environments of ``sluice.toml``: what they say, and errors with line, key and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sluice.delivery.deployment.policy import (
    Busy,
    Candidate,
    ComposeTarget,
    EnvironmentPolicy,
    KubernetesTarget,
    ProcessTarget,
    admits,
    rules_in_words,
)
from sluice.delivery.deployment.reading import read_environments
from sluice.source.diagnostics import Diagnostic
from sluice.source.toml.table import read_document

FULL = """\
[environment.staging]
reviewers = ["ada"]
wait-timer = 0.5
branches = ["develop", "release/**"]
tags = ["v*", "!v*-*"]
secrets = ["DATABASE_URL"]
url = "http://localhost:9090"
concurrency = "refuse"
watch = 3
variables = { LEVEL = "debug" }

[environment.staging.process]
start = "serve --port $PORT_WEB"
packages = ["thing"]
ports = { web = 8080, miners = "0.0.0.0:3333" }
proxy-header = ["miners"]

[environment.staging.health]
url = "http://127.0.0.1:$PORT_WEB/"

[environment.staging.verify]
workflow = "smoke.yml"

[environment.k]
kubernetes = { overlay = "k8s/staging", images = ["thing"] }

[environment.c]
compose = { files = ["a.yml", "b.yml"], tag = "V" }
"""


def read(text: str) -> tuple[dict[str, EnvironmentPolicy], Sequence[Diagnostic]]:
    document = read_document(text, "sluice.toml")
    return read_environments(document), document.found


def test_everything_that_can_be_said() -> None:
    environments, found = read(FULL)
    assert not found
    staging = environments["staging"]
    assert (staging.reviewers, staging.wait_timer, staging.watch) == (("ada",), 0.5, 3)
    assert (staging.concurrency, staging.secrets) == (Busy.REFUSE, ("DATABASE_URL",))
    assert isinstance(staging.target, ProcessTarget)
    assert staging.target.ports == {"web": "127.0.0.1:8080", "miners": "0.0.0.0:3333"}
    assert staging.target.announced == ("miners",)
    assert staging.health is not None
    assert staging.verify is not None
    assert (staging.health.timeout, staging.verify.workflow) == (60, "smoke.yml")
    assert environments["k"].target == KubernetesTarget(overlay="k8s/staging", images=("thing",))
    assert environments["c"].target == ComposeTarget(files=("a.yml", "b.yml"), tag="V")


@pytest.mark.parametrize(
    ("text", "line", "message", "allowed"),
    [
        ("environment = 3", 1, "'environment' must be a table", ()),
        ("[environment.x]\nreviewer = []", 2, "'reviewer' is no key of [environment.x]", ("reviewers",)),
        ("[environment.x]\n\nwait-timer = -1", 3, "'wait-timer' must be a number of minutes, 0 or more", ()),
        ("[environment.x]\nwatch = inf", 2, "'watch' must be 100,000,000 seconds at most, not inf", ()),
        ("[environment.x]\nwatch = nan", 2, "'watch' must be a number of seconds, 0 or more", ()),
        ("[environment.x.variables]\n'A=B' = 'c'", 2, "'A=B' is no name of a variable", ()),
        ('[environment.x.variables]\nA = "\\u0000"', 2, "the value of 'A' has a NUL", ()),
        (
            "[environment.x.process]\nstart='a'\nports = {a = 1, d = '127.0.0.1:1'}",
            3,
            "port 'd' is at 127.0.0.1:1, and so is another one",
            (),
        ),
        (
            "[environment.x.process]\nstart='a'\nports = {a = 0}",
            3,
            "port 'a' must be one that the outside can know",
            (),
        ),
        (
            "[environment.x]\nurl = 'http://a:$PORT_WEBB'\n[environment.x.process]\nstart='a'\nports = {web = 1}",
            2,
            "url: '$PORT_WEBB' is no port of this environment",
            (),
        ),
        (
            "[environment.x.process]\nstart='a'\nports = {web = 1}\n[environment.x.health]\nurl = 'http://a:${PORT_W}/'",
            5,
            "url: '$PORT_W' is no port of this environment",
            (),
        ),
        (
            "[environment.x.process]\nstart='a'\n[environment.x.health]\nurl = 'nonsense'",
            4,
            "url: 'nonsense' is no address that can be asked",
            (),
        ),
        ("[environment.to]", 1, "no environment can be called 'to'", ()),
        ("[environment.x]\nconcurrency = 'stop'", 2, "concurrency can't be 'stop'", ("wait", "refuse")),
        ("[environment.x]\nbranches = ['a[']", 2, "branches: the pattern 'a['", ()),
        ("[environment.x]\nsecrets = ['A B']", 2, "secrets: 'A B' is no name", ()),
        ("[environment.status]", 1, "no environment can be called 'status'", ()),
        ("[environment.'../x']", 1, "'../x' is no name", ()),
        ("[environment.x.process]\nbuild = ''", 1, "[environment.x.process] needs 'start'", ()),
        ("[environment.x.process]\nstart='a'\nports = 3", 3, "'ports' must be a table", ()),
        (
            "[environment.x.process]\nstart='a'\nports = {web = 1}\nproxy-header = ['miners']",
            4,
            "'miners' is no port of this environment",
            (),
        ),
        ("[environment.x.process]\nstart='a'\n[environment.x.process.ports]\nweb = 99999", 4, "port 'web' must be", ()),
        ("[environment.x.process]\nstart='a'\n[environment.x.compose]", 3, "one target, not process and compose", ()),
        ("[environment.x.kubernetes]\noverlay=3", 2, "'overlay' must be a string", ()),
        ("[environment.x.health]\ntimeout = 3", 1, "it takes one of 'url' and 'command'", ("url", "command")),
        ("[environment.x.verify]\ncommand='a'\nworkflow='b'", 1, "it takes one of", ("command", "workflow")),
        ("[environment.x.compose]\nbuild = 'yes'", 2, "'build' must be true or false", ()),
    ],
)
def test_an_error_says_where_and_what_is_allowed(text: str, line: int, message: str, allowed: tuple[str, ...]) -> None:
    _, found = read(text)
    assert [message in one.message for one in found].count(True) == 1, found
    (one,) = (one for one in found if message in one.message)
    assert one.span.start.line == line
    assert set(allowed) <= set(one.allowed)


def names(*pairs: tuple[str, str]) -> tuple[Candidate, ...]:
    return tuple(Candidate(kind=kind, name=name) for kind, name in pairs)


def test_rules_for_branches_and_tags() -> None:
    policy = EnvironmentPolicy(branches=("develop",), tags=("v*", "!v*-*"))
    assert admits(policy, names(("branch", "develop")))
    assert admits(policy, names(("branch", "x"), ("tag", "v1.2.3")))
    assert not admits(policy, names(("tag", "v1.2.3-rc.1")))
    assert not admits(policy, names(("branch", "main")))
    assert not admits(policy, ())
    assert admits(EnvironmentPolicy(), ())
    assert not admits(EnvironmentPolicy(branches=("**",)), names(("tag", "v1")))
    assert rules_in_words(policy) == "branches develop; tags v*, !v*-*"
