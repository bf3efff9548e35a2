"""The images of containers: pulled or built, their progress told."""
