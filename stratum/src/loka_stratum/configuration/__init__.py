"""The operator's settings: a TOML file, then ``LOKA_...`` variables and ``DATABASE_URL``, then flags. Later ones win.

Text and variables in, a `Configuration` or every problem at once out. No sockets, no database.
"""

from loka_stratum.configuration.settings import Configuration

__all__ = ["Configuration"]
