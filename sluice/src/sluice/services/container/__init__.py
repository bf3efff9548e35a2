"""Services in containers, by Docker or Podman."""
