"""What all connections of a proxy share: pools as they stand, accounts, what waits to be sent, background work."""
