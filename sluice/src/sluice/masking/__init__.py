"""Secrets replaced by ``***``, in every form in which a program may print them. Knows nothing of jobs and logs."""
