"""The miner's side: its connection, its session, its shares."""
