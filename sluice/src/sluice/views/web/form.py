"""The page of one workflow: a form that starts it, with its typed inputs, and its runs. Out: safe HTML.

A form that was refused comes again with what was entered and what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup
from msgspec import Struct, field

from sluice.views.text.lines import label


class InputField(Struct, frozen=True, kw_only=True):
    """An input of ``workflow_dispatch``. ``value`` is what the field begins with, ``problem`` what is wrong with it."""

    name: str
    kind: str
    description: str
    required: bool
    value: str
    options: tuple[str, ...] = ()
    problem: str = ""


class StartForm(Struct, frozen=True, kw_only=True):
    """What can be chosen; ``events`` may start the workflow, ``event`` is chosen. ``problems`` belong to no field."""

    name: str
    file: str
    action: str
    events: tuple[str, ...]
    event: str
    ref: str
    current: str
    fields: tuple[InputField, ...] = ()
    problems: tuple[str, ...] = ()
    entered: Mapping[str, str] = field(default_factory=dict)


def form_html(form: StartForm) -> Iterator[Markup]:
    """The head of the page and the form."""
    yield _HEADER.format(name=label(form.name), file=form.file)
    yield Markup('<main class="columns">\n<section id="start"><h2>Run this workflow</h2>\n')
    if form.problems:
        yield _PROBLEMS.format(Markup().join(Markup("<li>{}</li>").format(one) for one in form.problems))
    if form.events:
        yield _FORM.format(
            action=form.action,
            events=_options(form.events, form.event),
            ref=form.ref,
            current=form.current,
            inputs=_inputs(form.fields),
        )
    yield Markup("</section>\n")


def _inputs(fields: Sequence[InputField]) -> Markup:
    if not fields:
        return Markup()
    return _INPUTS.format(Markup().join(_field(place, one) for place, one in enumerate(fields)))


def _field(place: int, one: InputField) -> Markup:
    told = _DESCRIPTION.format(f"about-{place}", label(one.description)) if one.description else Markup()
    problem = _PROBLEM.format(f"wrong-{place}", one.problem) if one.problem else Markup()
    about = " ".join(filter(None, (f"about-{place}" if told else "", f"wrong-{place}" if problem else "")))
    attributes = _ABOUT.format(about) if about else Markup()
    if one.problem:
        attributes += _INVALID
    frame = _CHECK if one.kind == "boolean" else _FIELD
    return frame.format(
        id=f"input-{place}",
        name=one.name,
        mark=_REQUIRED if one.required else Markup(),
        control=_control(f"input-{place}", one, attributes),
        told=told,
        problem=problem,
    )


def _control(anchor: str, one: InputField, attributes: Markup) -> Markup:
    if one.required and one.kind != "boolean":
        attributes += Markup(" required")
    match one.kind:
        case "boolean":
            checked = Markup(" checked") if one.value.lower() == "true" else Markup()
            return _BOOLEAN.format(anchor, one.name, attributes + checked)
        case "choice":
            return _SELECT.format(anchor, one.name, attributes, _options(one.options, one.value))
        case "environment":
            known = Markup().join(Markup('<option value="{}">').format(name) for name in one.options)
            return _ENVIRONMENT.format(anchor, one.name, attributes, one.value, known)
        case "number":
            return _NUMBER.format(anchor, one.name, attributes, one.value)
    return _TEXT.format(anchor, one.name, attributes, one.value)


def _options(values: Sequence[str], chosen: str) -> Markup:
    return Markup().join(
        Markup('<option value="{0}"{1}>{0}</option>').format(
            value, Markup(" selected") if value == chosen else Markup()
        )
        for value in values
    )


_HEADER = Markup('<header><h1>{name}</h1><p class="quiet"><code>{file}</code></p></header>\n')
_PROBLEMS = Markup('<ul class="failures" role="alert">{}</ul>\n')
_FORM = Markup("""\
<form class="start" method="post" action="{action}">
<div class="pair"><div class="field"><label for="event">Event</label>\
<select id="event" name="event">{events}</select></div>
<div class="field"><label for="ref">Ref</label><input id="ref" name="ref" value="{ref}" placeholder="{current}" \
aria-describedby="about-ref" spellcheck="false"><p class="about" id="about-ref">What the event is about, such as \
refs/tags/v1.2.3. The files are those of the working tree as it stands.</p></div></div>
{inputs}<div class="buttons"><button class="primary">Run</button>\
<span class="quiet">Outward effects are rehearsed.</span></div>
</form>
""")
_INPUTS = Markup("""\
<fieldset data-event="workflow_dispatch"><legend>Inputs <small>of workflow_dispatch</small></legend>
{}</fieldset>
""")
_FIELD = Markup('<div class="field"><label for="{id}">{name}{mark}</label>{control}{told}{problem}</div>\n')
_CHECK = Markup('<div class="field check">{control}<label for="{id}">{name}{mark}</label>{told}{problem}</div>\n')
_REQUIRED = Markup(' <small class="required">required</small>')
_DESCRIPTION = Markup('<p class="about" id="{}">{}</p>')
_PROBLEM = Markup('<p class="wrong" id="{}">{}</p>')
_ABOUT = Markup(' aria-describedby="{}"')
_INVALID = Markup(' aria-invalid="true"')
_TEXT = Markup('<input id="{}" name="input.{}"{} value="{}">')
_NUMBER = Markup('<input id="{}" name="input.{}"{} inputmode="decimal" value="{}">')
_SELECT = Markup('<select id="{}" name="input.{}"{}>{}</select>')
_BOOLEAN = Markup('<input type="checkbox" id="{0}" name="input.{1}" value="true"{2}>')
_ENVIRONMENT = Markup(
    '<input id="{0}" name="input.{1}"{2} value="{3}" list="{0}-known"><datalist id="{0}-known">{4}</datalist>'
)
