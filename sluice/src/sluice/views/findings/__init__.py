"""What other commands than a run found, in lines: an audit, an image, a maintenance, a soak."""
