"""Built-in actions that run what the repository itself brings: JavaScript against GitHub, hooks of pre-commit."""
