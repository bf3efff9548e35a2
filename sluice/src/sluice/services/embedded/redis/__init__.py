"""Redis as the image of that name would serve it, where it is installed."""
