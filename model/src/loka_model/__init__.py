"""Loka's SQLAlchemy models: pools, miners, workers, submissions, earnings, distributions."""

__version__ = "0.1.0"
