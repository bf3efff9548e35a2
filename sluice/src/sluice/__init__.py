"""Sluice runs GitHub Actions workflows anywhere, unmodified, before the push."""

__version__ = "0.1.0"
