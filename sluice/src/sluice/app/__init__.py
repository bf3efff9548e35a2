"""Wiring: which store, runner and views a process gets, and the flow from a command to a finished run."""
