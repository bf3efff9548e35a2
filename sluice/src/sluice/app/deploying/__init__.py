"""``sluice deploy`` and what belongs to it: from an environment's name to a history that says which and why."""
