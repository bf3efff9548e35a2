"""The lint rules, a module for each part of a workflow that they look at."""
