"""An image registry on loopback (opencontainers/distribution-spec): what a rehearsal pushes to and pulls from."""
