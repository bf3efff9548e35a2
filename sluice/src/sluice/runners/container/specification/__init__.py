"""What a container is to be, as a workflow asks for it and as the engine is told. Pure."""
