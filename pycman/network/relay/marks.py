"""Marks of packets and connections in the shared network namespace of a rootless store (callers.py, reconcile/nftables.py)."""

CALLERS_MARK = 0x7078
"""Of what the relay sends under a caller's address."""
REPLIES_MARK = 0x7079
"""Of what a container replies to that; another one, as the first would have what the relay sends come back to it."""
