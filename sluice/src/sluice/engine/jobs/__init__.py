"""One job from its workspace to its outputs: its state, its contexts and conditions, its phases."""
