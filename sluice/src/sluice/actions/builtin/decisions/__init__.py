"""Built-in actions that decide what a workflow does next, from facts of the run and of git."""
