"""Built-in ``actions/setup-python``."""
