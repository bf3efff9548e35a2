"""A step's summary as HTML. In: GitHub Markdown that anybody may have written. Out: HTML that is safe to show.

Nothing in it runs, sends or fetches anything: no scripts, forms, frames, styles; links go to http, https and mailto;
an image from elsewhere becomes a link, since a report makes no requests.
"""

from __future__ import annotations

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.gfm import gfm_plugin
from rich.emoji import Emoji

LIMIT = 1 << 18
_CUT = "\n\n*This summary is longer; the rest is left out here.*\n"
_BLOCKS = re.compile(r"\n\s*\n")
_MARKS = re.compile(r"[\[!*_~<&@]")
_MOST_MARKS = 1500
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_CLOSED_BY_THEMSELVES = {"br", "hr", "img", "input", "p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead", "tfoot"}
_DEEPEST = 200
_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "ins", "kbd", "li", "ol", "p", "picture", "pre"),
    *("q", "s", "samp", "section", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "tt", "u", "ul", "var"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "ol": {"start"},
    "details": {"open"},
    "abbr": {"title"},
    "div": {"align"},
    "p": {"align"},
    "input": {"checked", "disabled"},
}
_ALERTS = ("note", "tip", "important", "warning", "caution")
_CLASSES = {
    "div": {"markdown-alert", *(f"markdown-alert-{kind}" for kind in _ALERTS)},
    "p": {"markdown-alert-title"},
    "li": {"task-list-item"},
    "ul": {"contains-task-list"},
    "section": {"footnotes"},
}
_PICTURE = re.compile(r"^data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*$")
_ALIGNED = re.compile(r'style="text-align:(left|center|right)"')
_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_ANY_TAG = re.compile(r"(<[^>]*>)")
_ALTERNATIVE = re.compile(r'\balt="([^"]*)"')


def render_markdown(text: str) -> Markup:
    """Safe HTML. Of a very long text only the beginning; a text made to be slow to read is shown as it is."""
    shown = text.replace("\0", "\ufffd")
    if len(shown) > LIMIT:
        shown = shown[: shown.rfind("\n", 0, LIMIT) + 1 or LIMIT] + _CUT
    if _is_slow(shown):
        return Markup("<pre>{}</pre>").format(shown)
    html = _ALIGNED.sub(r'align="\1"', _parser().render(shown))
    return Markup(_with_emoji(_IMAGE.sub(_still, _cleaner().clean(html))))  # noqa: S704  # it was just sanitised


def _is_slow(text: str) -> bool:
    """Whether a part would take the parser or the sanitiser time by the square of its length."""
    blocks = (part for block in _BLOCKS.split(text) for part in (block.split("\n") if "|" in block else [block]))
    return any(len(_MARKS.findall(part)) > _MOST_MARKS for part in blocks) or _depth(text) > _DEEPEST


def _depth(text: str) -> int:
    """How deep tags are nested that must be closed."""
    depth = deepest = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _CLOSED_BY_THEMSELVES:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return deepest


def _with_emoji(html: str) -> str:
    """``:rocket:`` and its like as signs, but for what stands in code, as GitHub shows them."""
    code, parts = 0, _ANY_TAG.split(html)
    for place, part in enumerate(parts):
        if part.startswith(("<code", "<pre")):
            code += 1
        elif part.startswith(("</code", "</pre")):
            code -= 1
        elif not code and ":" in part and not part.startswith("<"):
            parts[place] = Emoji.replace(part)
    return "".join(parts)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False, "maxNesting": 60})
    gfm_plugin(parser)
    return parser


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "object", "noscript", "template", "title", "textarea"},
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto", "data"},
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"input": {"type": "checkbox", "disabled": ""}},
    )


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """``data:`` is for pictures only; the size of a picture is a number."""
    if attribute == "href":
        return None if value.strip().lower().startswith("data:") else value
    if attribute == "src":
        return value if value.startswith(("http://", "https://")) or _PICTURE.match(value) else None
    if tag == "img" and attribute in {"width", "height"}:
        return value if value.removesuffix("%").isdigit() else None
    return value


def _still(image: re.Match[str]) -> str:
    """An image that the file carries itself stays; another one becomes a link to where it is."""
    source = _SOURCE.search(image[0])
    alternative = _ALTERNATIVE.search(image[0])
    words = alternative[1] if alternative and alternative[1] else "image"
    if source is None:
        return f'<span class="image">{words}</span>'
    if source[1].startswith("data:"):
        return image[0]
    return f'<a class="image" href="{source[1]}" rel="noopener noreferrer nofollow">{words}</a>'
