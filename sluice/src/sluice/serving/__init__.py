"""HTTP/1.1 for what a run serves on loopback: GitHub's services for actions, stand-ins. It knows nothing of either."""
