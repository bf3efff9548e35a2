"""What a run left behind, a section each: annotations, skipped jobs, effects, caches, artifacts. Out: lines.

A section that has nothing to say is no lines at all. Long ones are cut with a count of the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sluice.events.model import (
    AnnotationCreated,
    ArtifactUploaded,
    CacheRestored,
    CacheSaved,
    ConditionEvaluated,
    EffectRecorded,
)
from sluice.events.state import RunState
from sluice.views.run.phrases import LEVELS, annotation_counts, is_default, skip_phrase
from sluice.views.text.glyphs import Glyphs
from sluice.views.text.lines import BLANK, Line, cells, crop, fit, label, line, pad, table, wrap
from sluice.views.text.wording import count, size

_LIMIT = 10
_LEAST_CONDITION = 16
_ROWS_OF_A_REASON = 4
_EXIT_MESSAGE = "Process completed with exit code"


def sections(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """Every section in the order in which a person wants to know."""
    return [
        *annotation_lines(state, width, glyphs),
        *skipped_lines(state, width, glyphs),
        *effect_lines(state, width, glyphs),
        *cache_lines(state, width, glyphs),
        *artifact_lines(state, width, glyphs),
    ]


def section(heading: str, lines: Sequence[Line], width: int, glyphs: Glyphs, limit: int = _LIMIT) -> list[Line]:
    """A heading, the lines below it, a blank line."""
    if not lines:
        return []
    rest = len(lines) - limit
    more = [line((f"  {glyphs.ellipsis} {rest} more", "quiet"))] if rest > 0 else []
    shown = [crop(line("  ", *found), width, glyphs.ellipsis) for found in lines[:limit]]
    return [crop(line((heading, "heading")), width, glyphs.ellipsis), *shown, *more, BLANK]


def annotation_lines(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """Errors, warnings and notices with their places; the same one in several legs is shown once."""
    found = [note for note in state.annotations() if not note.message.startswith(_EXIT_MESSAGE)]
    counted = Counter((LEVELS.index(note.level), place_of(note), titled(note)) for note in found)
    lines = _listed(
        [
            _noted(LEVELS[level], place, f"{message}  ({number} times)" if number > 1 else message, width - 4, glyphs)
            for (level, place, message), number in sorted(counted.items())
        ],
        glyphs,
    )
    return section(f"Annotations: {annotation_counts(found)}", lines, width, glyphs, limit=len(lines))


def _noted(level: str, place: str, message: str, width: int, glyphs: Glyphs) -> list[Line]:
    """The place and all of a message that isn't endless; a long place has the first row for itself."""
    sign = line((getattr(glyphs, level), level), " ")
    if cells(place) * 2 > width:
        rows = [line("  ", part) for part in _wrapped(message, width - 2, glyphs)]
        return [(*sign, *line((place, "code"))), *rows]
    head = f"{place}  " if place else ""
    first, *parts = _wrapped("_" * cells(head) + message, width - 2, glyphs)
    return [(*sign, *line((head, "code"), first[cells(head) :])), *(line("  ", part) for part in parts)]


def _listed(entries: Sequence[Sequence[Line]], glyphs: Glyphs) -> list[Line]:
    """The rows of the first entries, and how many more there are."""
    lines = [one for entry in entries[:_LIMIT] for one in entry]
    if (rest := len(entries) - _LIMIT) > 0:
        lines.append(line((f"{glyphs.ellipsis} {rest} more", "quiet")))
    return lines


def _wrapped(text: str, room: int, glyphs: Glyphs) -> list[str]:
    """All of a text where it isn't endless: what to do about it stands at its end."""
    parts = wrap(text, room)
    if len(parts) <= _ROWS_OF_A_REASON:
        return parts
    return [*parts[: _ROWS_OF_A_REASON - 1], fit(" ".join(parts[_ROWS_OF_A_REASON - 1 :]), room, glyphs.ellipsis)]


def titled(note: AnnotationCreated) -> str:
    """The message, behind its title where it has one."""
    return label(f"{note.title}: {note.message}" if note.title else note.message)


def place_of(note: AnnotationCreated) -> str:
    """``src/proxy.py:41:9``; nothing for an annotation without a file."""
    if not note.file:
        return ""
    return ":".join([label(note.file), *(str(part) for part in (note.line, note.column) if part is not None)])


def skipped_lines(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """The jobs that did not run, and why: their condition with its values, or the recorded reason."""
    jobs = [job for _, job in state.ordered_jobs() if job.conclusion == "skipped"]
    rows = table([[label(job.name), skip_phrase(state, job)] for job in jobs])
    values = ["; ".join(f"{name} is {value}" for name, value in _values(state.conditions_of(job.key))) for job in jobs]
    entries: list[list[Line]] = []
    told = ""
    for (name, padded), known in zip(rows, values, strict=True):
        why = padded.rstrip()
        entries.append(_skipped_job(name, why, known, width - 4 - cells(name), glyphs))
        if why == told and not known and len(entries[-1]) > 1:
            entries[-1] = [line(name, "  ", ("as above", "quiet"))]
        told = why
    lines = _listed(entries, glyphs)
    return section("Skipped", lines, width, glyphs, limit=len(lines))


def _skipped_job(name: str, why: str, known: str, room: int, glyphs: Glyphs) -> list[Line]:
    """A job with its false condition and the values in it, which say more than the whole text, or with the reason."""
    if not known:
        return _reason(name, why, max(_LEAST_CONDITION, room), glyphs)
    cause, room = f"{glyphs.arrow} {known}", max(_LEAST_CONDITION, room)
    if cells(cause) + 2 + _LEAST_CONDITION <= room:
        shown = fit(why, room - cells(cause) - 2, glyphs.ellipsis)
        return [line(name, "  ", (shown, "quiet"), (f"  {cause}", "quiet"))]
    return [
        line(name, "  ", (fit(why, room, glyphs.ellipsis), "quiet")),
        *_reason(pad("", cells(name)), cause, room, glyphs),
    ]


def _reason(name: str, why: str, room: int, glyphs: Glyphs) -> list[Line]:
    parts = _wrapped(why, room, glyphs)
    return [line(pad("" if row else name, cells(name)), "  ", (part, "quiet")) for row, part in enumerate(parts)]


def _values(conditions: Iterable[ConditionEvaluated]) -> list[tuple[str, str]]:
    """The names in a false condition with their values, without its larger parts. That all went well is no cause."""
    found = [
        (label(value.source), label(value.value))
        for found in conditions
        if not found.result and not is_default(found)
        for value in found.values
        if " " not in value.source and not value.unused
    ]
    return [one for one in found if one != ("success()", "true")] or found


def effect_lines(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """What left the machine, and what was only rehearsed: every effect, with its request."""
    found = list(state.effects())
    lines: list[Line] = []
    for rehearsed, heading in (
        (True, "Rehearsed: none of this left the machine; --publish lets it go"),
        (False, "Published"),
    ):
        rows = [
            (label(one.kind), label(one.target), label(one.job or ""), _request(one))
            for one in found
            if one.rehearsed is rehearsed
        ]
        lines += section(heading, _columns(rows), width, glyphs, limit=len(rows))
    return lines


def _request(effect: EffectRecorded) -> str:
    """Its first line, without the body where there is more than that."""
    return label(effect.request.partition("{")[0].strip() or effect.request)


def cache_lines(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """Which caches were found, missed and saved."""
    rows = [(cache_word(one), label(cache_key(one)), label(one.job)) for one in all_caches(state)]
    return section("Caches", _columns(rows), width, glyphs)


def all_caches(state: RunState) -> list[CacheRestored | CacheSaved]:
    """The cache events of every job, in the order of the tree."""
    return [one for _, job in state.ordered_jobs() for one in job.caches]


def cache_word(found: CacheRestored | CacheSaved) -> str:
    """``restored 48 MB``, ``missed``, ``saved 51 MB``."""
    match found:
        case CacheSaved():
            return f"saved {size(found.size)}"
        case CacheRestored(matched=None):
            return "missed"
        case CacheRestored():
            return f"restored {size(found.size)}"


def cache_key(found: CacheRestored | CacheSaved) -> str:
    """The key, and the key that matched where it is another one."""
    if isinstance(found, CacheRestored) and found.matched not in {None, found.key}:
        return f"{found.matched} for {found.key}"
    return found.key


def artifact_lines(state: RunState, width: int, glyphs: Glyphs) -> list[Line]:
    """What was uploaded, and which jobs fetched it."""
    found = [one for _, job in state.ordered_jobs() for one in job.artifacts]
    rows = [(label(one.name), f"{size(one.size)}, {count(one.files, 'file')}", _way(state, one)) for one in found]
    return section("Artifacts", _columns(rows), width, glyphs)


def _way(state: RunState, artifact: ArtifactUploaded) -> str:
    fetched = fetched_by(state, artifact.name)
    return label(f"{artifact.job}, fetched by {', '.join(fetched)}" if fetched else artifact.job)


def fetched_by(state: RunState, artifact: str) -> list[str]:
    """The keys of the job runs that unpacked the artifact of this name."""
    return [job.key for _, job in state.ordered_jobs() if any(one.name == artifact for one in job.downloads)]


def _columns(rows: Sequence[tuple[str, ...]]) -> list[Line]:
    """Columns, from the third on quiet."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]

    def drawn(row: tuple[str, ...]) -> Line:
        first, second, *quiet = (pad(text, width) for text, width in zip(row, widths, strict=True))
        return line(first, "  ", second, "  ", ("  ".join(quiet).rstrip(), "quiet"))

    return list(map(drawn, rows))
