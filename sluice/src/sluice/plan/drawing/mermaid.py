"""A graph as Mermaid source, which GitHub and many editors draw."""

from __future__ import annotations

from sluice.plan.drawing.view import GraphView, NodeView

_STYLES = {
    "success": "fill:#dafbe1,stroke:#1a7f37,color:#116329",
    "failure": "fill:#ffebe9,stroke:#cf222e,color:#a40e26",
    "cancelled": "fill:#eaeef2,stroke:#6e7781,color:#424a53",
    "skipped": "fill:#f6f8fa,stroke:#afb8c1,color:#57606a,stroke-dasharray:4 3",
    "running": "fill:#fff8c5,stroke:#bf8700,color:#7d4e00",
    "waiting": "fill:#fff8c5,stroke:#d4a72c,color:#7d4e00,stroke-dasharray:4 3",
    "queued": "fill:#ddf4ff,stroke:#54aeff,color:#0550ae,stroke-dasharray:4 3",
}
_ESCAPES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "&": "#amp;"}


def draw_mermaid(view: GraphView) -> str:
    """A ``flowchart``, left to right, ending in a line end."""
    names = {node.key: f"job{number}" for number, node in enumerate(view.nodes, 1)}
    lines = ["flowchart LR"]
    lines += [f"    {names[node.key]}{_shape(node)}" for node in view.nodes]
    lines += [f"    {names[a]} --> {names[b]}" for a, b in view.edges if a in names and b in names]
    lines += _classes(view, names)
    return "\n".join(lines) + "\n"


def _shape(node: NodeView) -> str:
    text = _escape(node.label) + (f"<br/><small>{_escape(node.detail)}</small>" if node.detail else "")
    return f'[["{text}"]]' if node.stacked else f'("{text}")'


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(char, char if char.isprintable() else " ") for char in text)


def _classes(view: GraphView, names: dict[str, str]) -> list[str]:
    lines: list[str] = []
    for status, style in _STYLES.items():
        members = [names[node.key] for node in view.nodes if node.status == status]
        if members:
            lines += [f"    classDef {status} {style}", f"    class {','.join(members)} {status}"]
    return lines
