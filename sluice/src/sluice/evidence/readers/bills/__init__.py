"""Bills of materials: how many components, how many without a licence."""
