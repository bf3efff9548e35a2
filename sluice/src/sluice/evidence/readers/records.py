"""Lines that ``sluice measure`` wrote; a name that comes several times is sampled several times.

A line that was cut short or is none of ours is a problem, and the others count.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import msgspec

from sluice.evidence.entries import Item, bad_entry
from sluice.evidence.model import Measure
from sluice.evidence.problems import Problem, problem
from sluice.evidence.readers.report import Report, TextFormat
from sluice.evidence.records import MeasureRecord, check_record, usually_better
from sluice.evidence.units import UnknownUnitError

_LONGEST_LINE = 1024 * 1024


def _read(report: Report[str]) -> Iterator[Item]:
    by_name: dict[str, list[MeasureRecord]] = {}
    for number, line in enumerate(report.body.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _record(line)
            by_name.setdefault(record.measure, []).append(record)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            yield bad_entry(f"line {number}", error)
        except UnknownUnitError as error:
            yield problem(Problem.BAD_ENTRY, f"line {number}: {error.message}")
    for name, records in by_name.items():
        yield from _measures(name, records)


def _record(line: str) -> MeasureRecord:
    if len(line) > _LONGEST_LINE:
        raise ValueError("the line is longer than a mebibyte")
    record = msgspec.json.decode(line, type=MeasureRecord)
    check_record(record.measure, record.unit, (record.value, *record.samples))
    return record


def _measures(name: str, records: list[MeasureRecord]) -> Iterator[Item]:
    first = records[0]
    if any((record.unit, record.better) != (first.unit, first.better) for record in records):
        yield problem(Problem.CONFLICT, f"{name} is measured in several units or directions; none was read")
        return
    samples = [value for record in records for value in record.samples or [record.value]]
    several = len(records) > 1 or bool(first.samples)
    try:
        yield Measure(
            name=name,
            unit=first.unit,
            better=first.better or usually_better(first.unit),
            value=median(samples) if len(records) > 1 else first.value,
            samples=tuple(samples) if several else (),
            commit=first.commit,
            machine=first.machine,
        )
    except ValueError as error:
        yield bad_entry(name, error)


FORMAT = TextFormat(tool="measure", fits=lambda text: text.lstrip().startswith('{"measure"'), read=_read)
