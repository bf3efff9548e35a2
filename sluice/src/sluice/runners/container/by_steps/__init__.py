"""Containers that a job's own steps start with ``docker``: whose they are, and how the job reaches their ports."""
