"""Who is told of a run. Reads events, writes outward; a channel that is down never changes a verdict."""
