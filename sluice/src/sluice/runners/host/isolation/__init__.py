"""How a job of the host runner is set apart: the engine's side. What runs on the job's side is ``inside``."""
