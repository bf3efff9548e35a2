"""The built-in actions side by side with the real ones: facts of those, and the page of the documentation."""
