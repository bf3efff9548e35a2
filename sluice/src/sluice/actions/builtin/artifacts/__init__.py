"""Built-in actions that keep files of a run, and bring them back."""
