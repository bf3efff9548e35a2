"""One process of a step: its shell, its environment, its command files, its output and its end."""
