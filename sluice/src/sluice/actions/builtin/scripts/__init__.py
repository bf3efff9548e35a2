"""The built-in action that runs a workflow's own JavaScript against GitHub."""
