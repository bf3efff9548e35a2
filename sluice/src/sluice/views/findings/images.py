"""An image's report, and the comparison of two, as lines. In: what the images room found. Out: lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sluice.images.comparison import Change, Comparison
from sluice.images.model import ImageReport, Layer
from sluice.views.text.glyphs import UNICODE, Glyphs
from sluice.views.text.lines import Line, crop, fit, label, line, pad, pad_left, table
from sluice.views.text.wording import count, size

_BAR = 12
_MOST_WASTE, _MOST_CHANGES, _MOST_FORBIDDEN = 8, 40, 12
_MUCH_WASTE = 0.05
"""The share of the image's bytes from which on waste is shown in yellow."""


def image_lines(report: ImageReport, glyphs: Glyphs = UNICODE, width: int = 100) -> list[Line]:
    """The whole report."""
    parts = [_head(report), _layers(report, width), _waste(report), _packages(report), _forbidden(report, glyphs)]
    shown = [one for part in parts for one in [*part, ()]]
    return [crop(one, width, glyphs.ellipsis) for one in shown[:-1]]


def _head(report: ImageReport) -> list[Line]:
    found = report.configuration
    packed = f", {size(report.packed)} packed" if report.packed is not None else ""
    health = " ".join(found.health) if found.has_health_check else "none"
    rows = [
        ("platform", f"{found.system}/{found.architecture}", ""),
        ("size", f"{size(report.size)} in {count(len(report.layers), 'layer')}{packed}", ""),
        ("user", f"{found.user or 'root'}", "warning" if found.runs_as_root else "success"),
        ("health check", health, "success" if found.has_health_check else "warning"),
        ("ports", " ".join(found.ports) or "none", ""),
        ("starts", " ".join([*found.entrypoint, *found.command]) or "nothing", ""),
    ]
    heading = line((label(report.name), "strong"), "  ", (report.digest[:19], "quiet"))
    return [heading, *(line("  ", (pad(name, 14), "quiet"), (label(text), role)) for name, text, role in rows)]


def _layers(report: ImageReport, width: int) -> list[Line]:
    largest = max((layer.size for layer in report.layers), default=0)
    wide = max(20, width - 34 - _BAR)
    rows = [
        line(
            "  ",
            (pad_left(str(number), 2), "quiet"),
            "  ",
            pad_left(size(layer.size), 8),
            "  ",
            (_bar(layer.size, largest), "bar"),
            "  ",
            (pad_left(str(layer.files), 6), "quiet"),
            "  ",
            fit(_words(layer), wide),
        )
        for number, layer in enumerate(report.layers, start=1)
    ]
    return [line((f"   #      size  {pad('', _BAR)}   files  made by", "heading")), *rows]


def _bar(value: int, largest: int) -> str:
    filled = round(_BAR * value / largest) if largest else 0
    return "█" * filled + " " * (_BAR - filled)


def _words(layer: Layer) -> str:
    return label(" ".join(layer.instruction.split())) or layer.digest[:19]


def _waste(report: ImageReport) -> list[Line]:
    if not report.waste:
        return [line(("Nothing wasted: ", "success"), "no layer replaces or deletes what another one brought")]
    share = report.wasted / report.size if report.size else 0
    role = "warning" if share >= _MUCH_WASTE else ""
    heading = line(
        (f"{size(report.wasted)} wasted", role or "strong"),
        f" ({share:.1%}) in {count(len(report.waste), 'file')} that later layers replace or delete",
    )
    rows = [line("  ", pad_left(size(one.size), 8), "  ", label(one.path)) for one in report.waste[:_MOST_WASTE]]
    more = len(report.waste) - _MOST_WASTE
    return [
        heading,
        *rows,
        *([line(("            and ", "quiet"), (count(more, "other"), "quiet"))] if more > 0 else []),
    ]


def _packages(report: ImageReport) -> list[Line]:
    kinds = sorted({package.kind for package in report.packages})
    counted = (f"{sum(package.kind == kind for package in report.packages)} {kind}" for kind in kinds)
    return [line((count(len(report.packages), "package"), "strong"), f"  {', '.join(counted)}")]


def _forbidden(report: ImageReport, glyphs: Glyphs) -> list[Line]:
    if not report.forbidden:
        return [line((f"{glyphs.of('success')} ", "success"), "no keys, credentials, settings or caches in any layer")]
    rows = [
        line(
            "  ",
            (pad_left(str(one.layer), 2), "quiet"),
            "  ",
            label(one.path),
            (f"  {one.reason}{', deleted later and still readable' if one.hidden else ''}", "quiet"),
        )
        for one in report.forbidden[:_MOST_FORBIDDEN]
    ]
    if (more := len(report.forbidden) - _MOST_FORBIDDEN) > 0:
        rows.append(line((f"      and {count(more, 'other')}", "quiet")))
    heading = f"{glyphs.of('failure')} {count(len(report.forbidden), 'file')} that should not be in an image"
    return [line((heading, "failure")), *rows]


def comparison_lines(found: Comparison, glyphs: Glyphs = UNICODE, width: int = 100) -> list[Line]:
    """What differs between two images."""
    before, after = found.before, found.after
    rows = [
        ("", before.name, after.name, ""),
        ("size", size(before.size), size(after.size), _difference(found.grown)),
        ("wasted", size(before.wasted), size(after.wasted), _difference(after.wasted - before.wasted)),
        *_counted("layers", len(before.layers), len(after.layers)),
        *_counted("packages", len(before.packages), len(after.packages)),
        *_counted("forbidden files", len(before.forbidden), len(after.forbidden)),
    ]
    head = [
        line("  ", ("  ".join(cells), "heading" if not number else ""))
        for number, cells in enumerate(table(rows, right={1, 2, 3}))
    ]
    parts = [head, _changes("settings", found.settings), _changes("packages", found.packages)]
    shown = [one for part in parts if part for one in [*part, ()]]
    return [crop(one, width, glyphs.ellipsis) for one in shown[:-1]]


def _counted(name: str, before: int, after: int) -> Iterator[tuple[str, str, str, str]]:
    yield name, str(before), str(after), f"{after - before:+}" if after != before else ""


def _difference(grown: int) -> str:
    return "" if not grown else f"{'+' if grown > 0 else '-'}{size(abs(grown))}"


def _changes(title: str, changes: Sequence[Change]) -> list[Line]:
    if not changes:
        return []
    rows = [
        line(
            "  ",
            pad(label(one.name), 30),
            " ",
            (label(one.before) or "not there", "quiet"),
            " → ",
            label(one.after) or "gone",
        )
        for one in changes[:_MOST_CHANGES]
    ]
    more = len(changes) - _MOST_CHANGES
    return [
        line((f"{title} that differ", "strong")),
        *rows,
        *([line((f"  and {more} more", "quiet"))] if more > 0 else []),
    ]
