"""The report of a run: one file of HTML that needs nothing else, now or in ten years."""
