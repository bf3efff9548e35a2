import pytest
from hypothesis import given
from hypothesis import strategies as st

from sluice.plan.event.patterns import PatternError, compile_pattern, find_problems, passes

# Examples of GitHub's documentation and its neighbourhood: pattern, names that match, names that do not.
EXAMPLES = [
    ("feature/*", ("feature/my-branch",), ("feature/beta-a/my-branch", "feature")),
    ("feature/**", ("feature/beta-a/my-branch", "feature/x"), ("features/x",)),
    ("releases/**-alpha", ("releases/10-alpha", "releases/beta/3-alpha"), ("releases/10-beta",)),
    ("main", ("main",), ("mainline", "Main", "x/main")),
    ("*", ("main", "releases", ".hidden"), ("all/the/branches",)),
    ("**", ("main", "all/the/branches"), ()),
    ("*feature", ("mona-feature", "feature", "ver-10-feature"), ("my/feature", "feature-x")),
    ("v2*", ("v2", "v2.0", "v2.9"), ("v1", "v2/x")),
    ("v[12].[0-9]+.[0-9]+", ("v1.10.1", "v2.0.0"), ("v3.0.0", "v1.1", "v1..1")),
    ("*.jsx?", ("page.js", "page.jsx"), ("page.jsxx", "a/page.js")),
    ("**/README.md", ("README.md", "js/README.md", "a/b/README.md"), ("xREADME.md", "js/xREADME.md")),
    ("**/docs/**", ("docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"), ("docs", "mydocs/a")),
    ("docs/**/*.md", ("docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"), ("docs/a.txt",)),
    ("**/*src/**", ("a/src/app.js", "my-src/code/js/app.js"), ("src",)),
    ("**/*-post.md", ("my-post.md", "path/their-post.md"), ("post.md",)),
    ("Octoc?t", ("Octoct", "Octot"), ("Octocat",)),
    ("[CB]at", ("Cat", "Bat"), ("cat", "CBat")),
    ("[1-2]00", ("100", "200"), ("300",)),
    ("[0-9a-z]x", ("1x", "gx"), ("Gx",)),
    ("go+gle", ("gogle", "gooogle"), ("ggle",)),
    (r"\*\+\[x\]\?", ("*+[x]?",), ("a+[x]?",)),
    ("a/**/b", ("a/b", "a/x/b", "a/x/y/b"), ("ab", "a/xb")),
    ("a**b", ("ab", "a/x/b"), ("a",)),
    ("[+*!]", ("+", "*", "!"), ("x",)),
    ("release/ü*", ("release/übung",), ("release/u",)),
]


@pytest.mark.parametrize(("pattern", "matching", "other"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_rule_18_a_pattern_matches_whole_names_as_on_github(
    pattern: str, matching: tuple[str, ...], other: tuple[str, ...]
) -> None:
    compiled = compile_pattern(pattern)
    assert [name for name in matching if not compiled.matches(name)] == []
    assert [name for name in other if compiled.matches(name)] == []


def test_rule_18_filters_are_ordered_and_an_exclamation_mark_takes_matches_back() -> None:
    assert passes(["releases/**", "!releases/**-alpha"], "releases/beta/3")
    assert not passes(["releases/**", "!releases/**-alpha"], "releases/beta/3-alpha")
    assert passes(["**", "!docs/**", "docs/important.md"], "docs/important.md")
    assert not passes(["docs/important.md", "!docs/**"], "docs/important.md")
    assert not passes(["!main"], "develop")
    assert not passes([], "main")


def test_an_exclamation_mark_is_ordinary_but_at_the_start() -> None:
    assert compile_pattern("a!").matches("a!")
    assert compile_pattern("!!a").negated
    assert compile_pattern("!!a").matches("!a")


@pytest.mark.parametrize(
    ("pattern", "message", "position"),
    [
        ("", "the pattern is empty", 0),
        ("!", "the pattern is empty", 1),
        ("?x", "'?' has no character before it to repeat", 0),
        ("a/*+", "'+' has no character before it to repeat", 3),
        ("ab??", "'?' has no character before it to repeat", 3),
        ("v[12", "'[' has no ']' after it", 1),
        ("v[]", "'[]' names no character", 1),
        ("[9-0]", "the range '9-0' runs backwards", 1),
        ("[a-Z]", "the range 'a-Z' is neither within a-z, A-Z nor 0-9", 1),
        ("x\\", "'\\' has no character after it to escape", 1),
    ],
)
def test_a_bad_pattern_names_the_place_and_what_is_wrong(pattern: str, message: str, position: int) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert (caught.value.message, caught.value.position) == (message, position)


def test_problems_of_a_filter_are_all_found() -> None:
    assert find_problems(["main", "releases/**", "!x"]) == []
    assert find_problems(["a[", "ok", "+"]) == [
        ("a[", "'[' has no ']' after it at character 2 of 'a['"),
        ("+", "'+' has no character before it to repeat at character 1 of '+'"),
    ]
    assert find_problems(["!main"]) == [
        ("!main", "only patterns with '!': nothing can match; begin with a pattern that has no '!'")
    ]


def test_a_pattern_full_of_wildcards_is_answered_at_once() -> None:
    evil = compile_pattern("**a" * 40 + "b")
    assert not evil.matches("a" * 2000)
    assert evil.matches("a" * 2000 + "b")


@given(st.text(alphabet="ab/.*?+[]!\\-", min_size=1, max_size=12), st.text(alphabet="ab/.*?+[]!\\-", max_size=12))
def test_no_text_breaks_the_reader_or_the_matcher(pattern: str, name: str) -> None:
    places: list[int] = []
    try:
        compiled = compile_pattern(pattern)
    except PatternError as error:
        places.append(error.position)
    else:
        assert compiled.matches(name) in {True, False}
    assert all(0 <= place <= len(pattern) for place in places)


@given(st.text(alphabet="ab/.*?+[]!\\-", min_size=1, max_size=12))
def test_an_escaped_name_matches_itself_and_nothing_longer(name: str) -> None:
    compiled = compile_pattern("".join(f"\\{char}" for char in name))
    assert compiled.matches(name)
    assert not compiled.matches(name + "x")
