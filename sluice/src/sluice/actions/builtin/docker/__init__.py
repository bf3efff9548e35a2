"""Docker's own actions: set-up, log-in, metadata, build and push."""
