"""Built-in ``actions/checkout``: the repository in the workspace."""
