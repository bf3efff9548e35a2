"""What versions printed, without the secrets that they were given. In: a site. Out: lines; files that hold none.

A version that runs writes to its log itself, so that this is masked when it is read; once it has ended, for good: its
secrets may be forgotten later, and nobody could mask them then.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sluice.app.deploying.secrets import secrets_at_hand
from sluice.app.deploying.site import Site
from sluice.machine.whole_files import write_whole
from sluice.masking.masker import Masker


def masker_of(site: Site) -> Masker:
    """For every secret of the environment that is known here: of what runs, of the last that did, and at hand."""
    values = (*site.target.kept_secrets(site.policy.secrets), *secrets_at_hand(site.policy).values())
    return Masker((*values, *site.secrets.values()))


def last_lines(path: Path, count: int, masker: Masker) -> str:
    """The last so many lines of a log."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    return masker.mask_text("\n".join(lines))


def mask_ended(site: Site, masker: Masker, live: int | None) -> None:
    """In the logs of all but the live version, for good. What can't be written is masked when it is read."""
    for log in site.target.log_files():
        for path in (log, log.with_suffix(".before")) if log.stem != str(live) else ():
            with suppress(OSError):
                _mask(path, masker)


def _mask(path: Path, masker: Masker) -> None:
    before = path.read_bytes()
    after = masker.mask(before)
    if after != before:
        write_whole(path, after)
