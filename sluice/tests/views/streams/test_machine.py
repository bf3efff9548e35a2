import io

import sample_runs

from sluice.events.codec import decode
from sluice.views.streams.machine import MachineView


def test_the_lines_are_the_records() -> None:
    stream, out = sample_runs.red_run(), io.BytesIO()
    view = MachineView(out)
    for record in stream.records:
        view.show(record)
    view.close()
    assert view.refresh() is None
    assert [decode(line) for line in out.getvalue().splitlines()] == stream.records


def test_each_record_is_there_at_once() -> None:
    raw = io.BytesIO()
    view = MachineView(io.BufferedWriter(raw))
    view.show(sample_runs.green_run().records[0])
    assert raw.getvalue().count(b"\n") == 1
