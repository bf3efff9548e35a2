"""Pictures of a graph of jobs: as text for a terminal, as Mermaid, as SVG.

In: a ``GraphView`` of plain nodes and edges, planned or finished. Out: text. It knows no workflow but in ``view_of``.
"""
