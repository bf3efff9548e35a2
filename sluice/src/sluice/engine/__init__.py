"""Runs a plan: scheduler, job, step, command files, masking. The only writer of events."""
