from sluice.expressions.values import from_python
from sluice.plan.graph.naming import default_name, leg_key, nested_name, node_of, segments_of, shorten


def test_leg_keys_count_from_one() -> None:
    assert [leg_key("test", index) for index in range(2)] == ["test.1", "test.2"]


def test_a_run_key_leads_back_to_its_node() -> None:
    assert node_of("test") == "test"
    assert node_of("test.2") == "test"
    assert node_of("deploy.1/build.2") == "deploy.1/build"
    assert node_of("deploy.1/build") == "deploy.1/build"


def test_a_name_has_the_matrix_values_in_brackets() -> None:
    assert default_name("test", ["3.11", "ubuntu"]) == "test (3.11, ubuntu)"
    assert default_name("test", []) == "test"


def test_a_nested_name_has_the_callers_in_front() -> None:
    assert nested_name("deploy (eu)", "build") == "deploy (eu) / build"
    assert nested_name("", "build") == "build"


def test_rule_15_names_have_100_characters_at_most() -> None:
    assert shorten("a" * 100) == "a" * 100
    assert shorten("a" * 101) == "a" * 97 + "..."
    assert len(default_name("test", ["x" * 200])) == 100


def test_every_leaf_of_a_nested_value_shows_in_the_name_but_empty_ones() -> None:
    value = from_python({"os": {"name": "ubuntu", "tags": ["a", None, ""]}, "fast": True, "node": 18.0, "python": 3.1})
    assert list(segments_of(value)) == ["ubuntu", "a", "true", "18", "3.1"]
