"""Text, positions and diagnostics: what every other package uses to say where something is and what is wrong there."""
