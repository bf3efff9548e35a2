"""A library."""


def area(width: float, height: float) -> float:
    """Of a rectangle."""
    return width * height
