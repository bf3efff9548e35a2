"""Files that a run gives away: artifacts, and the cache entries that later runs find."""
