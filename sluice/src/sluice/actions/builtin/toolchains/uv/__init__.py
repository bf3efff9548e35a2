"""Built-in ``astral-sh/setup-uv``."""
