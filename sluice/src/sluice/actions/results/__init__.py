"""GitHub's services for JavaScript actions, on the job's loopback: what the toolkit's cache and artifact packages ask.

A job's server starts when its first JavaScript action does. Requests are read in ``server``, sent on by ``routes``, and
answered by ``artifacts``, ``caches`` and ``blobs``, which know nothing of sockets.
"""
