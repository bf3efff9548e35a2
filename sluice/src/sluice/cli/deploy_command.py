"""``sluice deploy``."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sluice.cli.ending import end_by_interrupt

if TYPE_CHECKING:
    from sluice.app.deploying.orders import Order
    from sluice.app.deploying.site import Site
    from sluice.delivery.deployment.state import Deployment
    from sluice.views.text.glyphs import Glyphs
    from sluice.views.text.lines import Line

T = TypeVar("T")
_NO_LOGS = "no process of it has printed anything; `docker compose logs` or `kubectl logs` has what containers print"


class EnvironmentOrCommand(click.Group):
    """``sluice deploy staging`` is ``sluice deploy to staging``: a word that is no command is an environment."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, or ``to`` with all the words."""
        if args and args[0] not in self.commands:
            return "to", self.commands["to"], args
        return super().resolve_command(ctx, args)


_SECRETS = (
    click.option("--secret", "-s", "secrets", multiple=True, metavar="NAME[=VALUE]", help="A secret that it declares."),
    click.option("--secret-file", type=click.Path(path_type=Path), help="NAME=VALUE lines, mode 0600."),
    click.option("--approve", "approvals", multiple=True, metavar="ENVIRONMENT", help="Approve it beforehand."),
    click.option("--wait/--no-wait", "wait", default=None, help="While another deployment goes on: wait, or give up."),
    click.option("--tell/--no-tell", "tell", default=True, help="Whether the channels hear of this one."),
    click.option("--why", default="", metavar="TEXT", help="A reason for the history."),
)


def _delivering(function: Callable[..., int]) -> Callable[..., int]:
    """The options of what delivers something, and REF, as one order."""

    @functools.wraps(function)
    def ordered(environment: str, **given: Any) -> int:  # noqa: ANN401 - what click makes of the options below
        return function(environment, _order(**given))

    made: Callable[..., int] = ordered
    for option in reversed(_SECRETS):
        made = option(made)
    return made


@click.group(
    "deploy",
    cls=EnvironmentOrCommand,
    short_help="Deploy to an environment, and look after it.",
    invoke_without_command=False,
    subcommand_metavar="ENVIRONMENT [REF] | COMMAND",
)
def command() -> None:
    """Deploy a commit to an environment of sluice.toml: start the new version, check its health, verify it, switch,
    watch, drop the old one; on any failure back to the last good version.

    A deployment that was interrupted is finished or undone by the next of these commands.

    \b
    sluice deploy staging
    sluice deploy production v1.2.3 --approve production
    sluice deploy status
    """


@command.command("to", short_help="Deploy REF, or what is checked out.")
@click.argument("environment")
@click.argument("ref", required=False)
@_delivering
def deploy_to(environment: str, order: Order) -> int:
    """Deploy REF, or what is checked out; the word `to` may be left out."""
    from sluice.app.deploying.handing_over import hand_over, hands_over
    from sluice.app.deploying.orders import deploy
    from sluice.app.deploying.rehearsing import rehearse
    from sluice.app.effects import rehearses
    from sluice.app.root import project_root
    from sluice.views.deployments.progress import Progress

    if rehearses():
        return _code(rehearse(project_root(), environment, order, Progress()))
    if hands_over():
        return hand_over(project_root(), environment, order)
    end_by_interrupt()
    return _code(deploy(_site(environment), order, Progress()))


@command.command("rollback", short_help="Go back to the last good version.")
@click.argument("environment")
@click.argument("ref", required=False)
@_delivering
def roll_back(environment: str, order: Order) -> int:
    """Go back to the last good version before the live one, or to the good one that REF names."""
    from sluice.app.deploying.handing_over import refuse_in_jobs
    from sluice.app.deploying.orders import roll_back as back
    from sluice.views.deployments.progress import Progress

    refuse_in_jobs("rollback")
    end_by_interrupt()
    return _code(back(_site_in_need(environment), order, Progress()))


@command.command("status", short_help="Each environment: version, since when, health, address.")
@click.argument("environment", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def status(environment: str | None, as_json: bool) -> int:
    """Each environment: version, since when, health, address; what runs though no settings name it any more, too. Exit
    1 when one is not healthy.
    """
    from msgspec.structs import replace

    from sluice.app.deploying.looking import look
    from sluice.app.deploying.unnamed import to_be_seen, unnamed_sites, why_unnamed
    from sluice.app.root import project_root
    from sluice.views.deployments.tables import status_lines

    named = _named(environment)
    others = unnamed_sites(project_root(), environment)
    found = [look(site) for site in _put_right(named)]
    found += [replace(look(site), unnamed=why_unnamed(site)) for site in to_be_seen(others)]
    if not found:
        _say_why_none(environment)
    if not found and not as_json:
        click.echo("no environment of sluice.toml says where it is", err=True)
    else:
        _show(found, status_lines, as_json=as_json)
    return 0 if all(one.health in {"healthy", "empty"} for one in found) else 1


@command.command("history", short_help="What was deployed, how it ended, and why.")
@click.argument("environment", required=False)
@click.option("--limit", "-n", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def history(environment: str | None, limit: int, as_json: bool) -> int:
    """What was deployed, how it ended, and why; the newest first, as JSON, too."""
    from sluice.app.deploying.unnamed import unnamed_sites
    from sluice.app.root import project_root
    from sluice.views.deployments.tables import history_lines

    named, others = _put_right(_named(environment)), unnamed_sites(project_root(), environment)
    sites = (*named, *others) if environment is None else named or others or (_site(environment),)
    found = sorted((one for site in sites for one in reversed(site.deployments())), key=lambda one: -one.began)[:limit]
    if not found and not as_json:
        click.echo("nothing was deployed yet: sluice deploy ENVIRONMENT", err=True)
    else:
        _show(found, history_lines, as_json=as_json)
    return 0


@command.command("diff", short_help="What a deployment of REF would change.")
@click.argument("environment")
@click.argument("ref", required=False)
def diff(environment: str, ref: str | None) -> int:
    """What a deployment of REF, or of what is checked out, would change: commits, changelog, configuration."""
    from sluice.app.deploying.looking import compare
    from sluice.views.deployments.tables import difference_lines
    from sluice.views.text.glyphs import glyphs_of
    from sluice.views.text.painting import print_lines

    (site,) = _put_right((_site_in_need(environment),))
    print_lines(difference_lines(compare(site, ref), site.name, glyphs_of(sys.stdout)))
    return 0


@command.command("logs", short_help="What an environment's versions printed.")
@click.argument("environment", required=False)
@click.option("--lines", "-n", type=click.IntRange(min=1), default=50, show_default=True, help="The last so many.")
def logs(environment: str | None, lines: int) -> int:
    """What an environment's versions printed, or every environment's; the last lines of each deployment, by its number:
    the newest last.
    """
    from sluice.app.deploying.printed import last_lines, masker_of

    sites = _sites(environment)
    for site in sites:
        masker, files = masker_of(site), site.target.log_files()
        if not files:
            click.echo(f"{site.name}: {_NO_LOGS}", err=True)
        for path in files:
            click.echo(click.style(f"{site.name} {path.stem}", bold=True))
            click.echo(last_lines(path, lines, masker))
    return 0


@command.command("stop", short_help="End everything in an environment.")
@click.argument("environment")
@click.option("--gone", is_flag=True, help="What no settings name any more, and not the one that they name.")
@click.option("--why", default="", metavar="TEXT", help="A reason for the history.")
def stop(environment: str, gone: bool, why: str) -> int:
    """End everything in an environment, and forget the secrets that it was given; its history stays."""
    from sluice.app.deploying.handing_over import refuse_in_jobs
    from sluice.app.deploying.stopping import stop as end
    from sluice.app.deploying.unnamed import running, unnamed_sites
    from sluice.app.root import project_root
    from sluice.views.deployments.progress import Progress

    refuse_in_jobs("stop")
    others, named = unnamed_sites(project_root(), environment), _named(environment)
    named = () if gone else named
    sites = named if any(running(named)) else (*others, *named) or (_site(environment),)
    ended = [part for site in sites for part in end(site, why, Progress())]
    click.echo(f"{environment}: ended {', '.join(ended)}; nothing runs now" if ended else f"{environment}: nothing ran")
    return 0


@command.command("unit", short_help="Print a systemd unit that keeps what is deployed up.")
@click.option("--timer", is_flag=True, help="Its timer: at boot, and each minute.")
def unit(timer: bool) -> int:
    """Print a systemd unit that brings up again what is deployed here, after a boot or when its supervisor died.

    \b
    sluice deploy unit
    sluice deploy unit --timer
    """
    from sluice.app.deploying.units import service_unit, timer_unit
    from sluice.app.root import project_root

    click.echo(timer_unit() if timer else service_unit(project_root()), nl=False)
    return 0


def _order(
    ref: str | None,
    secrets: tuple[str, ...],
    secret_file: Path | None,
    approvals: tuple[str, ...],
    wait: bool | None,
    why: str,
    tell: bool,
) -> Order:
    from sluice.app.deploying.orders import Order
    from sluice.app.secrets.reading import read_secrets
    from sluice.delivery.deployment.policy import Busy

    values = read_secrets(secrets, secret_file)
    busy = None if wait is None else Busy.WAIT if wait else Busy.REFUSE
    return Order(ref=ref, secrets=values, approvals=approvals, busy=busy, why=why, tell=tell)


def _site(environment: str) -> Site:
    from sluice.app.deploying.site import open_site
    from sluice.app.root import project_root

    return open_site(project_root(), environment)


def _site_in_need(environment: str) -> Site:
    """The same; while the settings are wrong, as far as they can be read, else as it was deployed. Raises
    ``InvalidInputError`` where neither says what it is.
    """
    from sluice.app.deploying.unnamed import described_sites
    from sluice.app.root import project_root
    from sluice.source.errors import InvalidInputError

    try:
        return _site(environment)
    except InvalidInputError:
        found = _named(environment) or described_sites(project_root(), environment)
        if not found:
            raise
        return found[0]


def _say_why_none(environment: str | None) -> None:
    """Raise what is wrong with the settings, or with what was asked for."""
    from sluice.app.deploying.site import all_sites
    from sluice.app.root import project_root

    if environment is None:
        all_sites(project_root())
    else:
        _site(environment)


def _named(environment: str | None) -> tuple[Site, ...]:
    """The environment where the settings name it, or without one all that they name."""
    from sluice.app.deploying.known import known_environments
    from sluice.app.deploying.site import sites_of
    from sluice.app.deploying.unnamed import as_it_stands
    from sluice.app.root import project_root

    known = known_environments(project_root())
    if known.wrong:  # what runs stays within reach
        click.echo(f"the settings are wrong: {known.wrong}", err=True)
    found = sites_of(project_root(), known.environments)
    return tuple(as_it_stands(site) for site in found if environment in {None, site.name})


def _sites(environment: str | None) -> tuple[Site, ...]:
    """The same; also one that no settings name any more, by its name, and those of which they can't be read."""
    from sluice.app.deploying.unnamed import left_open, unnamed_sites
    from sluice.app.root import project_root

    named, others = _named(environment), unnamed_sites(project_root(), environment)
    if environment is None:
        return (*named, *filter(left_open, others))
    return named or others or (_site(environment),)


def _put_right(sites: tuple[Site, ...]) -> tuple[Site, ...]:
    """The same, once what was interrupted there is finished or undone."""
    from sluice.app.deploying.orders import recover_if_free
    from sluice.views.deployments.progress import Progress

    for site in sites:
        recover_if_free(site, Progress())
    return sites


def _show(found: Sequence[T], draw: Callable[[Sequence[T], float, Glyphs], Iterable[Line]], *, as_json: bool) -> None:
    import msgspec

    from sluice.views.text.glyphs import glyphs_of
    from sluice.views.text.painting import print_lines

    if as_json:
        for one in found:
            click.echo(msgspec.json.encode(one))
    else:
        print_lines(draw(found, time.time(), glyphs_of(sys.stdout)))


def _code(deployment: Deployment) -> int:
    from sluice.delivery.deployment.state import Phase

    return 0 if deployment.phase is Phase.FINISHED else 1
