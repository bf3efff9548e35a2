import pytest
import sample_runs

from sluice.views.report.markdown import render_markdown


def test_github_markdown_is_rendered() -> None:
    html = render_markdown(sample_runs.LINT_SUMMARY)
    for part in (
        "<h2>Lint</h2>",
        '<th align="right">findings</th>',
        "<s>3</s>",
        'type="checkbox"',
        'checked=""',
        'disabled=""',
        'class="markdown-alert markdown-alert-warning"',
    ):
        assert part in html
    assert html.count("<input") == 2


def test_names_of_emoji_are_signs_but_in_code() -> None:
    html = render_markdown("## Done :rocket:\n\n<td>:x: at 10:30:20</td>\n\n`:rocket:` :no_such:\n\n    :tada:\n")
    assert "<h2>Done \N{ROCKET}</h2>" in html
    assert "\N{CROSS MARK} at 10:30:20" in html
    assert "<code>:rocket:</code> :no_such:" in html
    assert "<code>:tada:\n</code>" in html


def test_bare_addresses_become_links_that_tell_nothing_of_where_they_were() -> None:
    html = render_markdown("see https://example.org/a?b=1&c=2")
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">' in html


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("<script>alert(1)</script>", "alert"),
        ("<img src=x onerror=alert(2)>", "onerror"),
        ('<a href="javascript:alert(3)">one</a>', "javascript"),
        ('<a href="JaVaScRiPt:alert(3)">one</a>', "lert(3)"),
        ("[two](javascript:alert(5))", "href"),
        ("[three](data:text/html,hello)", "href"),
        ('<a href="data:text/html,hello">x</a>', "data:"),
        ("<iframe src='https://example.invalid'></iframe>", "iframe"),
        ("<form action='https://example.invalid'><button>b</button></form>", "form"),
        ("<style>body { display: none }</style>", "display"),
        ('<div style="position:fixed">cover</div>', "style"),
        ('<div id="jobs" class="verdict">cover</div>', "verdict"),
        ("<svg onload=alert(7)><script>alert(8)</script></svg>", "alert"),
        ("<details open ontoggle=alert(9)>x</details>", "ontoggle"),
        ("<meta http-equiv=refresh content='0;url=https://example.invalid'>", "meta"),
        ("<base href='https://example.invalid'>", "base"),
        ("<link rel=stylesheet href='https://example.invalid'>", "link"),
        ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "onerror"),
        ("![x](data:image/svg+xml;base64,PHN2Zz4=)", "<img"),
        ("[relative](../../etc/passwd)", "passwd"),
    ],
)
def test_nothing_that_acts_gets_through(text: str, gone: str) -> None:
    html = render_markdown(text)
    assert gone not in html


def test_an_image_from_elsewhere_is_a_link_and_no_request() -> None:
    html = render_markdown('![the build](https://example.org/badge.svg)\n\n<img src="http://example.org/a.png">')
    assert "<img" not in html
    assert (
        '<a class="image" href="https://example.org/badge.svg" rel="noopener noreferrer nofollow">the build</a>' in html
    )
    assert '<a class="image" href="http://example.org/a.png" rel="noopener noreferrer nofollow">image</a>' in html


def test_an_image_that_the_summary_carries_is_shown() -> None:
    html = render_markdown("![dot](data:image/png;base64,iVBORw0KGgo=)")
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="dot">' in html


@pytest.mark.parametrize(
    "hostile", ["[" * 50_000, "![" * 50_000, "> " * 20_000 + "x", "<div>" * 50_000, "<div>\n\n" * 9_000, "*a_" * 30_000]
)
def test_a_summary_made_to_be_slow_is_shown_as_it_is(hostile: str) -> None:
    html = render_markdown(hostile)
    assert html.startswith("<pre>") or hostile.startswith(">")


def test_a_large_table_is_still_a_table() -> None:
    rows = "".join(f"| [file {number}](https://example.org/{number}) | *{number}* |\n" for number in range(400))
    assert render_markdown(f"| file | lines |\n|---|--:|\n{rows}").count("<tr>") == 401


@pytest.mark.slow
def test_a_very_long_summary_is_cut_at_a_line_and_says_so() -> None:
    html = render_markdown("0123456789 abcdef\n" * 20_000)
    assert html.endswith("<p><em>This summary is longer; the rest is left out here.</em></p>\n")
    assert "abcdef\n0123456789" in html


def test_a_null_byte_is_shown_as_one() -> None:
    assert render_markdown("a\0b") == "<p>a\ufffdb</p>\n"
