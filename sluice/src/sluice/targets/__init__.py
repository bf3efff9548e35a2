"""Where a deployment goes: processes of this machine, compose services, a cluster. Behind one protocol."""
