"""A job's containers: its services, its own, the network and the ports that they share."""
