"""Where a job runs. A runner opens a workspace; a workspace runs processes. It knows nothing of steps."""
