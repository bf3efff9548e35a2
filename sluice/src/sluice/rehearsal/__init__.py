"""Stand-ins on loopback for what lies outside of this machine, so that a run shows what it would do there."""
