"""``sluice maintain``: what is to be looked at each week, month and quarter, one module a task."""
