"""Workflow and action files: typed model with positions, parser, triggers, lint rules. Pure."""
