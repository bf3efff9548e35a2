"""What is in a container image: layers, waste, packages, what should not be there. Reading apart, the rest is pure."""
