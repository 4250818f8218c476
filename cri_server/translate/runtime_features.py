"""What OCI runtimes can do that a kubelet asks for (Debian 12's crun has no `features` to be asked)."""

from __future__ import annotations

MOUNTS_READ_ONLY = ("crun", "runc")
"""Recursively: the mount option rro."""
MAPS_MOUNTS = ("crun",)
"""runc before 1.2 takes idmapped mounts, which volumes of pods with ids of their own need, without a word and does not make them."""
