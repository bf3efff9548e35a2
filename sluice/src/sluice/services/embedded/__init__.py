"""Real servers without a container engine: fetched once from a package registry, or installed on the machine."""
