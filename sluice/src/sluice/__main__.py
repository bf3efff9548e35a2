"""``python -m sluice``."""

from sluice.cli.start import start

start()
