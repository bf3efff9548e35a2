"""What decides about a job: whether it runs, when, with what rights, and what its end means to others."""
