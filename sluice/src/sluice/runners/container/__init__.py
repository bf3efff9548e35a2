"""Containers: an engine, what jobs and services ask of it, and a job's container as its runner."""
