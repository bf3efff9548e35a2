"""What the stand-in knows to answer: a module for each part of GitHub, each with its ``ROUTES``."""
