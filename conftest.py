"""Import the package before any test: pytest would otherwise take the member's folder of the same name for it."""

import sluice

__all__ = ["sluice"]
