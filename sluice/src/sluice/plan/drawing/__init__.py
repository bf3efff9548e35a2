"""Pictures of a graph of jobs: as text for a terminal, as Mermaid, as SVG.

In: a ``GraphView`` of plain nodes and edges, planned or finished. Out: text. It knows no workflow but in ``view_of``.
"""

from sluice.plan.drawing.mermaid import draw_mermaid
from sluice.plan.drawing.svg import draw_svg
from sluice.plan.drawing.text import draw_text
from sluice.plan.drawing.view import GraphView, NodeView, view_of

__all__ = ["GraphView", "NodeView", "draw_mermaid", "draw_svg", "draw_text", "view_of"]
