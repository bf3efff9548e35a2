"""Which packages a repository depends on, as its lock files say."""
