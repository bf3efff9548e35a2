"""Built-in ``actions/setup-node``."""
