"""Every table of Loka in one place: importing it registers them all."""

from loka_model.base import Base
from loka_model.farm import Miner, Pool, Worker
from loka_model.rewards import Distribution, Earning
from loka_model.submissions import VERDICTS, Submission

__all__ = ["VERDICTS", "Base", "Distribution", "Earning", "Miner", "Pool", "Submission", "Worker"]
