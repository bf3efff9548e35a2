"""Processes in a container that runs already, and the bytes that they write."""
