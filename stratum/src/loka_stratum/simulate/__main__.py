"""``python -m loka_stratum.simulate pool|miners``."""

from loka_stratum.simulate.commands import simulate

simulate(prog_name="loka-stratum simulate")
