"""How a pool of IPv4 addresses is divided among jobs: read by both sides, so it imports nothing."""

POOL_PREFIX, SLOTS, ADDRESSES_PER_SLOT = 20, 1024, 4
