from collections.abc import Callable
from textwrap import indent

import pytest

from sluice.expressions.values import Dictionary, Value, from_python, to_python
from sluice.plan.graph.matrix import Leg, expand_matrix
from sluice.source.errors import InvalidInputError
from sluice.workflow.evaluation import Scope
from sluice.workflow.model import Workflow

Legs = Callable[..., tuple[Leg, ...]]


@pytest.fixture
def legs(read_workflow: Callable[[str], Workflow]) -> Legs:
    def expand(matrix: str, **contexts: object) -> tuple[Leg, ...]:
        text = f"on: push\njobs:\n  a:\n    strategy:\n      matrix:{matrix}\n    runs-on: u\n    steps: [{{run: x}}]\n"
        strategy = read_workflow(text).jobs["a"].strategy
        assert strategy is not None
        assert strategy.matrix is not None
        values: dict[str, Value] = {name: from_python(value) for name, value in contexts.items()}
        return expand_matrix(strategy.matrix, Scope(contexts=values, functions={}))

    return lambda matrix, **contexts: expand(
        matrix if matrix.startswith(" ") else "\n" + indent(matrix.strip("\n"), " " * 8), **contexts
    )


def plain(legs: tuple[Leg, ...]) -> list[object]:
    return [to_python(leg.values) for leg in legs]


def names(legs: tuple[Leg, ...]) -> list[str]:
    return [", ".join(leg.segments) for leg in legs]


def complaints(expand: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInputError) as caught:
        expand()
    return [(str(found.span).removeprefix("ci.yml:"), found.message) for found in caught.value.diagnostics]


def test_vectors_are_multiplied_the_last_one_fastest(legs: Legs) -> None:
    made = legs("os: [linux, mac]\npython: [3.9, '3.10']")
    assert plain(made) == [
        {"os": "linux", "python": 3.9},
        {"os": "linux", "python": "3.10"},
        {"os": "mac", "python": 3.9},
        {"os": "mac", "python": "3.10"},
    ]
    assert names(made) == ["linux, 3.9", "linux, 3.10", "mac, 3.9", "mac, 3.10"]


def test_a_list_that_an_expression_gives_is_part_of_the_list_around_it(legs: Legs) -> None:
    made = legs(
        """
os: [linux, "${{ fromJSON(needs.a.outputs.more) }}", "${{ needs.a.outputs.none }}"]
include:
  - {os: linux, extra: 1}
  - ${{ fromJSON('[{"os":"mac","extra":2},{"os":"arm"}]') }}
""",
        needs={"a": {"outputs": {"more": '["mac", ["nested"]]'}}},
    )
    assert plain(made) == [
        {"os": "linux", "extra": 1},
        {"os": "mac", "extra": 2},
        {"os": ["nested"]},
        {"os": None},
        {"os": "arm"},
    ]
    assert plain(legs("a: [[1, 2], [3]]")) == [{"a": [1, 2]}, {"a": [3]}]


def test_rule_15_matrix_include_works_as_in_githubs_documentation(legs: Legs) -> None:
    made = legs("""
fruit: [apple, pear]
animal: [cat, dog]
include:
  - color: green
  - color: pink
    animal: cat
  - fruit: apple
    shape: circle
  - fruit: banana
  - fruit: banana
    animal: cat
""")
    assert plain(made) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]
    assert names(made) == ["apple, cat", "apple, dog", "pear, cat", "pear, dog", "banana", "banana, cat"]


def test_rule_15_matrix_include_extras_never_override_original_values(legs: Legs) -> None:
    made = legs("os: [linux]\ninclude:\n  - os: mac\n    fast: true\n  - os: linux\n    fast: false")
    assert plain(made) == [{"os": "linux", "fast": False}, {"os": "mac", "fast": True}]


def test_rule_15_matrix_include_filters_with_loose_equality(legs: Legs) -> None:
    made = legs("""
version: [10, '12', true]
os: [Linux]
include:
  - version: '10'
    hit: number
  - version: 12
    hit: string
  - version: 1
    hit: boolean
  - os: LINUX
    any: case
""")
    assert plain(made) == [
        {"version": 10, "os": "Linux", "hit": "number", "any": "case"},
        {"version": "12", "os": "Linux", "hit": "string", "any": "case"},
        {"version": True, "os": "Linux", "hit": "boolean", "any": "case"},
    ]


def test_rule_15_matrix_include_alone_is_legal(legs: Legs) -> None:
    made = legs("include:\n  - site: production\n    datacenter: site-a\n  - site: staging")
    assert plain(made) == [{"site": "production", "datacenter": "site-a"}, {"site": "staging"}]
    assert names(made) == ["production, site-a", "staging"]


def test_rule_15_matrix_include_that_only_fits_an_excluded_combination_stands_alone(legs: Legs) -> None:
    made = legs("os: [a, b]\nexclude:\n  - os: a\ninclude:\n  - os: a\n    extra: 1")
    assert plain(made) == [{"os": "b"}, {"os": "a", "extra": 1}]


def test_rule_15_matrix_exclude_takes_combinations_away_also_by_a_part(legs: Legs) -> None:
    made = legs("""
os: [linux, mac]
version: [1, 2]
env: [staging, production]
exclude:
  - os: MAC
    version: '1'
  - env: production
    version: 2
""")
    assert names(made) == ["linux, 1, staging", "linux, 1, production", "linux, 2, staging", "mac, 2, staging"]


def test_rule_15_matrix_exclude_compares_nested_values_leaf_by_leaf(legs: Legs) -> None:
    made = legs("""
target:
  - {os: linux, arch: [x64, arm]}
  - {os: linux, arch: [x86]}
  - linux
exclude:
  - target: {os: LINUX, arch: [X64]}
""")
    assert plain(made) == [{"target": {"os": "linux", "arch": ["x86"]}}, {"target": "linux"}]
    assert names(made) == ["linux, x86", "linux"]


def test_rule_15_matrix_exclude_of_everything_leaves_no_leg(legs: Legs) -> None:
    assert legs("os: [a]\nexclude:\n  - os: a") == ()


def test_rule_15_matrix_names_show_original_values_only(legs: Legs) -> None:
    assert names(legs("os: [a]\ninclude:\n  - os: a\n    experimental: true")) == ["a"]
    assert names(legs("os: [a, '', null]\nflag: [false]")) == ["a, false", "false", "false"]


def test_vectors_rows_and_whole_matrices_come_from_expressions(legs: Legs) -> None:
    outputs = {
        "needs": {"plan": {"outputs": {"all": '{"os": ["a", "b"], "include": [{"os": "c"}]}', "list": "[1, 2]"}}}
    }
    assert plain(legs(" ${{ fromJSON(needs.plan.outputs.all) }}", **outputs)) == [{"os": "a"}, {"os": "b"}, {"os": "c"}]
    assert plain(legs("v: ${{ fromJSON(needs.plan.outputs.list) }}", **outputs)) == [{"v": 1}, {"v": 2}]
    assert plain(legs("v: ['${{ inputs.one }}', two]", inputs={"one": "eins"})) == [{"v": "eins"}, {"v": "two"}]


def test_rule_15_an_empty_vector_or_matrix_is_an_error_at_its_place(legs: Legs) -> None:
    assert complaints(lambda: legs("os: []\nversion: [10]\nnode: []")) == [
        ("6:13", "Matrix vector 'os' does not contain any values"),
        ("8:15", "Matrix vector 'node' does not contain any values"),
    ]
    assert complaints(lambda: legs(" {}")) == [("5:15", "Matrix must define at least one vector")]
    assert complaints(lambda: legs("include: []")) == [("6:9", "Matrix must define at least one vector")]
    empty = "v: ${{ fromJSON(needs.a.outputs.v) }}"
    assert complaints(lambda: legs(empty, needs={"a": {"outputs": {"v": "[]"}}})) == [
        ("6:12", "Matrix vector 'v' does not contain any values")
    ]


def test_values_of_the_wrong_kind_are_errors_at_their_place(legs: Legs) -> None:
    assert complaints(lambda: legs(" ${{ inputs.nothing }}")) == [("5:15", "Unexpected value ''")]
    assert complaints(lambda: legs(" [a]")) == [("5:15", "A sequence was not expected")]
    assert complaints(lambda: legs("os: linux\nnode: {a: 1}")) == [
        ("6:13", "Unexpected value 'linux'"),
        ("7:15", "A mapping was not expected"),
    ]
    assert complaints(lambda: legs("os: [a]\ninclude: {os: b}\nexclude:\n  - b")) == [
        ("7:18", "A mapping was not expected"),
        ("9:13", "Unexpected value 'b'"),
    ]


def test_rule_15_an_unknown_key_in_exclude_is_an_error_at_the_key(legs: Legs) -> None:
    assert complaints(lambda: legs("os: [a]\nexclude:\n  - os: a\n    version: 1\n  - {}")) == [
        ("9:13", "Matrix exclude key 'version' does not match any key within the matrix"),
        ("10:13", "Matrix exclude filter must not be empty"),
    ]


def test_an_empty_include_row_is_an_error(legs: Legs) -> None:
    assert complaints(lambda: legs("os: [a]\ninclude:\n  - {}")) == [
        ("8:13", "Matrix include mapping does not contain any values")
    ]


def test_rule_15_a_matrix_makes_256_jobs_at_most(legs: Legs) -> None:
    sixteen = str(list(range(16)))
    assert len(legs(f"a: {sixteen}\nb: {sixteen}")) == 256
    assert complaints(lambda: legs(f"a: {sixteen}\nb: {sixteen}\ninclude:\n  - a: 99")) == [
        ("6:9", "The matrix makes 257 jobs")
    ]
    assert len(legs(f"a: {sixteen}\nb: {sixteen}\nc: [1, 2]\nexclude:\n  - c: 2")) == 256


def test_a_matrix_that_would_take_for_ever_is_refused_at_once(legs: Legs) -> None:
    hundred = str(list(range(100)))
    vectors = "\n".join(f"v{number}: {hundred}" for number in range(6))
    assert complaints(lambda: legs(vectors)) == [("6:9", "The matrix multiplies to 1000000000000 combinations")]


def test_an_expression_that_fails_is_a_diagnostic(legs: Legs) -> None:
    ((place, message),) = complaints(lambda: legs("v: ${{ fromJSON('') }}"))
    assert place == "6:12"
    assert message


def test_legs_do_not_share_what_a_row_adds(legs: Legs) -> None:
    made = legs("os: [a, b]\ninclude:\n  - extra: {x: 1}")
    assert isinstance(made[0].values, Dictionary)
    assert made[0].values is not made[1].values
