import re
from collections.abc import Callable
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.plan.drawing.layers import arrange, heights
from sluice.plan.drawing.mermaid import draw_mermaid
from sluice.plan.drawing.svg import draw_svg
from sluice.plan.drawing.text import draw_text
from sluice.plan.drawing.view import GraphView, NodeView, view_of
from sluice.plan.graph.building import build_graph
from sluice.workflow.model import Workflow

SVG = "{http://www.w3.org/2000/svg}"


def graph(edges: str, **statuses: str) -> GraphView:
    """``a,b>c d`` is: a and b before c, and d alone."""
    pairs = [tuple(part.split(">")) for part in edges.split()]
    keys = dict.fromkeys(key for pair in pairs for side in pair for key in side.split(","))
    links = [(a, b) for pair in pairs if len(pair) == 2 for a in pair[0].split(",") for b in pair[1].split(",")]
    return GraphView(
        nodes=tuple(NodeView(key=key, label=key, status=statuses.get(key)) for key in keys), edges=tuple(links)
    )


def read(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314 # our own picture, no stranger's file


def picture(text: str) -> str:
    return text.strip("\n")


def test_a_chain_is_a_straight_line() -> None:
    assert draw_text(graph("lint>build build>deploy")) == picture("""
╭──────╮   ╭───────╮   ╭────────╮
│ lint ├──▶│ build ├──▶│ deploy │
╰──────╯   ╰───────╯   ╰────────╯
""")


def test_jobs_with_the_same_followers_share_one_line() -> None:
    assert draw_text(graph("a,b>c,d c,d>e")) == picture("""
╭───╮    ╭───╮
│ a ├─┬─▶│ c ├─╮
╰───╯ │  ╰───╯ │  ╭───╮
╭───╮ │  ╭───╮ ├─▶│ e │
│ b ├─┴─▶│ d ├─╯  ╰───╯
╰───╯    ╰───╯
""")


def test_lines_that_only_cross_leave_the_upright_one_whole() -> None:
    assert draw_text(graph("a>z b>y c>x a>x")) == picture("""
╭───╮      ╭───╮
│ a ├───┬─▶│ z │
╰───╯   │  ╰───╯
╭───╮   │
│ b ├─╮ │  ╭───╮
╰───╯ ╰─│─▶│ y │
╭───╮   │  ╰───╯
│ c ├─╮ │  ╭───╮
╰───╯ ╰─┴─▶│ x │
           ╰───╯
""")


def test_an_edge_over_several_columns_runs_past_the_boxes_and_implied_ones_are_left_out() -> None:
    drawn = draw_text(graph("a>b b>c c>d lint>d a>d"))
    assert drawn == draw_text(graph("a>b b>c c>d lint>d"))
    assert drawn == picture("""
╭──────╮   ╭───╮   ╭───╮
│ a    ├──▶│ b ├──▶│ c ├─╮
╰──────╯   ╰───╯   ╰───╯ │  ╭───╮
╭──────╮                 ├─▶│ d │
│ lint ├─────────────────╯  ╰───╯
╰──────╯
""")


def test_statuses_have_marks_and_details_a_line_of_their_own() -> None:
    view = GraphView(
        nodes=(
            NodeView(key="a", label="lint", status="success", detail="12s"),
            NodeView(key="b", label="test", status="failure"),
            NodeView(key="c", label="ship", status="skipped", detail="→ production"),
        ),
        edges=(("a", "c"), ("b", "c")),
    )
    assert draw_text(view) == picture("""
╭────────╮
│ ✓ lint ├─╮
│ 12s    │ │  ╭──────────────╮
╰────────╯ ├─▶│ ○ ship       │
╭────────╮ │  │ → production │
│ ✗ test ├─╯  ╰──────────────╯
╰────────╯
""")


def test_colours_are_only_there_when_asked_for() -> None:
    view = graph("a>b", a="success", b="failure")
    plain, coloured = draw_text(view), draw_text(view, colour=True)
    assert "\x1b" not in plain
    assert "\x1b[32m✓" in coloured
    assert "\x1b[31m✗" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain


def test_labels_are_shortened_until_the_picture_fits() -> None:
    view = graph("a-rather-long-name>another-rather-long-name another-rather-long-name>end")
    assert max(map(len, draw_text(view).splitlines())) == 63
    narrow = draw_text(view, width=44)
    assert max(map(len, narrow.splitlines())) <= 44
    assert "a-rather-l…" in narrow
    assert draw_text(view, width=10).count("…") == 2


def test_wide_and_unprintable_characters_keep_the_boxes_square() -> None:
    lines = draw_text(GraphView(nodes=(NodeView(key="a", label="測試\x1b[31m\n"),), edges=())).splitlines()
    assert lines[1] == "│ 測試 [31m  │"
    assert len(lines[0]) == len(lines[2]) == 14


def test_an_empty_graph_says_so() -> None:
    empty = GraphView(nodes=(), edges=())
    assert draw_text(empty) == "(no jobs)"
    assert draw_mermaid(empty) == "flowchart LR\n"
    read(draw_svg(empty))


def test_edges_to_nowhere_and_circles_do_not_break_a_picture() -> None:
    view = GraphView(
        nodes=(NodeView(key="a", label="a"), NodeView(key="b", label="b")),
        edges=(("a", "b"), ("b", "a"), ("a", "a"), ("x", "a"), ("a", "b")),
    )
    assert "│ a ├──▶│ b │" in draw_text(view)


GRAPHS = st.integers(1, 12).flatmap(
    lambda size: st.tuples(
        st.just(size),
        st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1])),
    )
)


def numbered(size: int, edges: set[tuple[int, int]]) -> GraphView:
    nodes = tuple(NodeView(key=f"n{number}", label=f"n{number}") for number in range(size))
    return GraphView(nodes=nodes, edges=tuple((f"n{a}", f"n{b}") for a, b in sorted(edges)))


@given(GRAPHS)
def test_every_line_of_a_text_picture_can_be_followed_from_box_to_box(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    view = numbered(*drawn)
    rows = draw_text(view).splitlines()
    wanted = {(route[0].key, route[-1].key) for route in arrange([node.key for node in view.nodes], view.edges).routes}
    found = {(node.key, reached) for node in view.nodes for reached in followed(rows, node.label)}
    assert wanted <= found
    starts = {label for row in rows for label in re.findall(r"│ (n\d+) +├", row)}
    assert starts == {source for source, _ in wanted}


OPEN = {
    "─": "LR", "│": "UD", "╭": "DR", "╮": "DL", "╰": "UR", "╯": "UL",
    "├": "UDR", "┤": "UDL", "┬": "LRD", "┴": "LRU", "┼": "LRUD", "▶": "LR",
}  # fmt: skip
MOVES = {"L": (0, -1), "R": (0, 1), "U": (-1, 0), "D": (1, 0)}


def followed(rows: list[str], label: str) -> set[str]:
    """The labels that the line out of a box leads to."""
    start = next(
        ((number, match.end() - 1) for number, row in enumerate(rows) for match in re.finditer(rf"│ {label} +├", row)),
        None,
    )
    reached: set[str] = set()
    seen: set[tuple[int, int, str]] = set()
    waiting = [(*start, "R")] if start else []
    while waiting:
        row, column, way = waiting.pop()
        if (row, column, way) in seen:
            continue
        seen.add((row, column, way))
        row, column = row + MOVES[way][0], column + MOVES[way][1]
        glyph = rows[row][column]
        if glyph == "▶":
            found = re.match(r"│ (n\d+) ", rows[row][column + 1 :])
            assert found is not None
            reached.add(found[1])
        elif glyph == "│" and way == "R":
            waiting.append((row, column, way))
        else:
            back = {"L": "R", "R": "L", "U": "D", "D": "U"}[way]
            assert back in OPEN[glyph], "a line ends in nothing"
            waiting += [(row, column, on) for on in OPEN[glyph] if on not in {back, "L"}]
    return reached


@given(GRAPHS)
def test_columns_and_heights_keep_their_order_and_distance(drawn: tuple[int, set[tuple[int, int]]]) -> None:
    view = numbered(*drawn)
    layers = arrange([node.key for node in view.nodes], view.edges)
    for source, target in layers.links:
        assert target.column == source.column + 1
    place = heights(layers, lambda _upper, _lower: 3.0)
    for column in layers.columns:
        gaps = [place[lower] - place[upper] for upper, lower in pairwise(column)]
        assert all(gap > 2.999 for gap in gaps)


def test_mermaid_source_is_escaped_and_classed() -> None:
    view = GraphView(
        nodes=(
            NodeView(key="a", label='say "hi" <b> #1', status="success"),
            NodeView(key="b", label="test", detail="6 legs", stacked=True),
        ),
        edges=(("a", "b"), ("a", "missing")),
    )
    assert draw_mermaid(view) == (
        "flowchart LR\n"
        '    job1("say #quot;hi#quot; #lt;b#gt; #35;1")\n'
        '    job2[["test<br/><small>6 legs</small>"]]\n'
        "    job1 --> job2\n"
        "    classDef success fill:#dafbe1,stroke:#1a7f37,color:#116329\n"
        "    class job1 success\n"
    )


def test_an_svg_stands_alone_and_says_what_it_shows() -> None:
    statuses = {"lint": "success", "test": "failure", "build": "skipped", "deploy": "queued", "odd": "unheard-of"}
    drawn = draw_svg(graph("lint,test>build build>deploy odd", **statuses))
    root = read(drawn)
    assert root.get("role") == "img"
    cards = {group.get("data-job"): group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g")}
    assert cards == {
        "lint": "lint – success",
        "test": "test – failure",
        "build": "build – skipped",
        "deploy": "deploy – queued",
        "odd": "odd – unheard-of",
    }
    assert "prefers-color-scheme:dark" in drawn
    assert re.findall(r"(?:href|src|url\()", drawn) == []


def test_an_svg_escapes_what_the_workflow_says() -> None:
    name = '<script>alert("x")</script> & \x00'
    drawn = draw_svg(GraphView(nodes=(NodeView(key=name, label=name, detail=name),), edges=(), title=name))
    root = read(drawn)
    assert [element.tag for element in root.iter() if "script" in element.tag] == []
    assert root.findtext(f"{SVG}title") == '<script>alert("x")</script> &  '


def test_cards_of_an_svg_do_not_touch() -> None:
    drawn = draw_svg(graph("a,b,c>d,e d,e>f a>g g>f"))
    root = read(drawn)
    boxes = []
    for group in root.iter(f"{SVG}g"):
        rectangle = group.find(f"{SVG}rect")
        assert rectangle is not None
        boxes.append([float(rectangle.get(name, "0")) for name in ("x", "y", "width", "height")])
    for number, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[number + 1 :]:
            apart_sideways = x + width < other_x or other_x + other_width < x
            apart_upright = y + height < other_y or other_y + other_height < y
            assert apart_sideways or apart_upright


def test_an_svg_can_leave_its_background_to_the_page() -> None:
    assert draw_svg(graph("a")).count("<rect") == 2
    assert draw_svg(graph("a"), background=False).count("<rect") == 1


@pytest.fixture
def planned(read_workflow: Callable[[str], Workflow]) -> GraphView:
    return view_of(
        build_graph(
            read_workflow("""
name: CI/CD
on: push
jobs:
  test:
    strategy: {matrix: {v: [1, 2]}}
    runs-on: u
    steps: [{run: x}]
  call:
    name: Call it
    needs: test
    uses: ./.github/workflows/shared.yml
  deploy:
    needs: [call]
    if: github.ref == 'refs/heads/main'
    environment: production
    runs-on: u
    steps: [{run: x}]
""")
        ),
        {"test": "success"},
    )


def test_a_planned_graph_shows_matrix_calls_conditions_and_environments(planned: GraphView) -> None:
    assert planned == GraphView(
        title="CI/CD",
        nodes=(
            NodeView(key="test", label="test", status="success", detail="matrix", stacked=True),
            NodeView(key="call", label="Call it", detail="uses shared.yml"),
            NodeView(key="deploy", label="deploy", detail="if · → production"),
        ),
        edges=(("test", "call"), ("call", "deploy")),
    )


def test_what_is_known_later_of_an_environment_is_left_out(read_workflow: Callable[[str], Workflow]) -> None:
    job = "{runs-on: u, environment: 'to/${{ inputs.place }}', steps: [{run: x}]}"
    view = view_of(build_graph(read_workflow(f"on: push\njobs: {{a: {job}}}\n")), {})
    assert view.nodes[0].detail == "→ to/…"


def test_called_workflows_take_the_place_of_their_callers(read_workflow: Callable[[str], Workflow]) -> None:
    top = """
on: push
jobs:
  test: {runs-on: u, steps: [{run: x}]}
  call: {needs: test, uses: ./.github/workflows/shared.yml}
  after: {needs: call, runs-on: u, steps: [{run: x}]}
"""
    shared = """
on: workflow_call
jobs:
  a: {runs-on: u, steps: [{run: x}]}
  b: {needs: a, runs-on: u, steps: [{run: x}]}
"""
    called = [build_graph(read_workflow(shared), f"call.{leg}") for leg in (1, 2)]
    view = view_of(build_graph(read_workflow(top)), {"call.2/b": "failure"}, called)
    assert [(node.key, node.label, node.status) for node in view.nodes] == [
        ("test", "test", None),
        ("call.1/a", "call / a", None),
        ("call.1/b", "call / b", None),
        ("call.2/a", "call / a", None),
        ("call.2/b", "call / b", "failure"),
        ("after", "after", None),
    ]
    assert set(view.edges) == {
        ("call.1/a", "call.1/b"),
        ("call.2/a", "call.2/b"),
        ("test", "call.1/a"),
        ("test", "call.2/a"),
        ("call.1/b", "after"),
        ("call.2/b", "after"),
    }
