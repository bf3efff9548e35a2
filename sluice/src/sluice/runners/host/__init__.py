"""The host runner: jobs on this machine, each in a place of its own."""
