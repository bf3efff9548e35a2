"""What containers leave, however their run ended: nothing of it stays, and files become their user's."""
