"""Built-in actions that put a toolchain in front of a job."""
