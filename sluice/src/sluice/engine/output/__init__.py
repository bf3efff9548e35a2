"""One step's output on its way to the log: secrets masked, workflow commands obeyed, problem matchers applied."""
