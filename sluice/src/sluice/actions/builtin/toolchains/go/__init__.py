"""Built-in ``actions/setup-go``."""
