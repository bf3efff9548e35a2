import pytest

from sluice.delivery.secrets.declared import Declaration, Required
from sluice.delivery.secrets.needs import Need, empty_names, needs_of, refusals
from sluice.plan.uses import ANY, Kind, Use
from sluice.source.positions import Span

PLACE = Span.at("ci.yml", 3, 5)


def use(name: str, *jobs: str, kind: Kind = Kind.SECRET) -> Use:
    return Use(kind=kind, name=name, jobs=jobs, span=PLACE)


def declared(required: Required = Required.ALWAYS, kind: Kind = Kind.SECRET) -> Declaration:
    return Declaration(kind=kind, name="TOKEN", required=required, description="for the registry")


def needs(*declarations: Declaration, given: tuple[str, ...] = (), skipped: tuple[str, ...] = ()) -> tuple[Need, ...]:
    names = [(Kind.SECRET, name) for name in given]
    return needs_of([use("token", "test", "deploy/push"), use(ANY, "any")], declarations, names, skipped)


@pytest.mark.parametrize(
    ("required", "publish", "refused"),
    [
        (Required.ALWAYS, False, True),
        (Required.TO_PUBLISH, False, False),
        (Required.TO_PUBLISH, True, True),
        (Required.NEVER, True, False),
    ],
)
def test_a_declared_name_that_is_missing_stops_the_run(required: Required, publish: bool, refused: bool) -> None:
    assert bool(refusals(needs(declared(required)), publish=publish)) is refused


def test_the_refusal_says_who_needs_it_and_what_to_do() -> None:
    (found,) = refusals(needs(declared()), publish=False)
    assert found.rule == "missing-secret"
    assert found.span == PLACE
    assert found.message == ("The secret 'token' (for the registry) is not given, and 'test' and 'deploy/push' need it")
    assert "--secret token" in (found.hint or "")


def test_what_is_given_or_not_needed_now_or_not_declared_stops_nothing() -> None:
    assert not refusals(needs(declared(), given=("Token",)), publish=True)
    assert not refusals(needs(declared(), skipped=("test", "deploy")), publish=True)
    assert not refusals(needs(), publish=True)
    assert not refusals(needs(declared(kind=Kind.VARIABLE)), publish=True)


def test_a_job_is_told_what_is_empty_in_it() -> None:
    assert list(empty_names(needs(), "deploy")) == [(Kind.SECRET, "token")]
    assert not list(empty_names(needs(given=("TOKEN",)), "deploy"))
    assert not list(empty_names(needs(), "other"))
