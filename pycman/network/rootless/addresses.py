"""Addresses in the network that slirp4netns makes between the shared network namespace and the host."""

GUEST_ADDRESS = "10.0.2.100"
HOST_ADDRESS = "10.0.2.2"
"""The host's loopback address as seen through slirp4netns. Replies to it must pass (to clients at 127.0.0.1); the
nftables table drops all else, as --disable-host-loopback would, which also drops such replies over UDP."""
NAME_SERVER = "10.0.2.3"
"""The name server of slirp4netns, which forwards to the host's, also to one on the host's loopback."""
