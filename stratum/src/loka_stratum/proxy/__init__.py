"""Between miners and pools: connections, sessions, failover, and the track of every share."""
