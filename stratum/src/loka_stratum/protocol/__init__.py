"""Stratum V1 as it stands on the wire: bytes in, messages out, and back. No sockets, no sessions, no clock."""
