"""One run, from what a person asked for to an exit code."""
