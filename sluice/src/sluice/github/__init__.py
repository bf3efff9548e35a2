"""The one client for what goes to GitHub and to Docker Hub. PyGithub carries it: retries, limits of rate, pages."""
