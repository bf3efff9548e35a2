"""Built-in actions that make releases, give them files and take packages away."""
