"""Which OCI runtimes support the features of RuntimeHandlerFeatures. They are listed here because Debian 12's crun has no
`features` command that would report them.
"""

from __future__ import annotations

MOUNTS_READ_ONLY = ("crun", "runc")
"""Runtimes with recursive read-only mounts: the mount option rro."""
MAPS_MOUNTS = ("crun",)
"""Runtimes with idmapped mounts, which volumes of pods with a user namespace need; runc before 1.2 silently ignores the option."""
