"""The facts of a run, their codec, and the fold that turns them into state. Pure."""
