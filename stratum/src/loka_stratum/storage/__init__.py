"""Where shares are kept: a journal on disk that survives the process, and PostgreSQL, which it is stored to in batches.

`submitted` and `answered` append a line to the journal and return; the writer reads the journal as a queue, pairs
each share with its answer, and stores the pairs. So memory holds one batch whatever the backlog is, and an outage of
the database or of the process costs nothing but time: what isn't stored stays on disk, and is read again.
"""
