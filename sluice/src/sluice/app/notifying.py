"""``sluice notify``: a finished run's messages, shown or sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sluice.app.announcing import Announcement, Telling, announcements_of, once, say_on_stderr, tell
from sluice.app.root import project_root
from sluice.app.runs.history import find_run, load_state, open_store
from sluice.app.runs.telling import tell_left_runs
from sluice.app.secrets.sources import Values, completed
from sluice.app.settings import Settings, load_settings
from sluice.notify.policy import Channel
from sluice.source.errors import SluiceError, UsageError
from sluice.views.text.lines import BLANK, Line, label, line
from sluice.views.text.painting import print_lines


def preview(run: str, names: tuple[str, ...], *, everything: bool) -> int:
    """Print the messages."""
    settings = load_settings(project_root())
    with open_store() as store:
        found = announcements_of(store, find_run(store, run).run, _chosen(settings, names), {}, everything=everything)
    print_lines(_shown(found))
    return 0


def send(run: str, names: tuple[str, ...], secrets: Mapping[str, str], *, everything: bool) -> int:
    """Send the messages; 2 when one could not be sent."""
    root = project_root()
    settings = load_settings(root)
    tell_left_runs(str(root), secrets)
    values = completed(Values(secrets=secrets), settings.declarations, root).secrets
    with open_store() as store:
        row = find_run(store, run)
        found = announcements_of(store, row.run, _chosen(settings, names), values, everything=everything)
        facts = load_state(store, row.run).facts
    code, say = 0, once(say_on_stderr)
    for one in tell(found, Telling(secrets=values, repository=facts.repository if facts else "")):
        if isinstance(one, SluiceError):
            code = one.exit_code
            say(one.message + (f"\n  hint: {one.hint}" if one.hint else ""))
        else:
            print_lines([line(("+", "success"), f" {label(one.target)}")])
    return code


def _chosen(settings: Settings, names: tuple[str, ...]) -> list[Channel]:
    known = {channel.name: channel for channel in settings.channels}
    unknown = [name for name in names if name not in known]
    if unknown or not known:
        what = f"no channel '{unknown[0]}'" if unknown else "no channel"
        hint = (
            f"channels are: {', '.join(known)}"
            if known
            else 'add one, such as [channel.team] with secret = "SLACK_URL"'
        )
        raise UsageError(f"sluice.toml has {what}", hint=hint)
    return [known[name] for name in names] if names else list(settings.channels)


def _shown(found: list[Announcement]) -> Iterator[Line]:
    if not found:
        yield line(
            ("Nobody would be told: nothing changed, or no channel wants it (--all shows it all the same)", "quiet")
        )
    for one in found:
        yield line(
            (one.channel.name, "heading"),
            (f"  {one.notice.event}, {one.notice.severity}, to {', '.join(one.targets)}", "quiet"),
        )
        yield line("  ", (label(one.message.title), "strong"))
        yield from (line("  ", label(text)) for text in one.message.body.splitlines())
        yield BLANK
