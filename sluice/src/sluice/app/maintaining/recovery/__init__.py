"""Drills: what would have to work after a disaster, done here and timed, beside everything that is in use."""
