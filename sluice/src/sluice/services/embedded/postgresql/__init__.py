"""PostgreSQL as the image of that name would serve it, without the image."""
