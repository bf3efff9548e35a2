"""A Stratum V1 mining proxy."""

__version__ = "0.1.0"
