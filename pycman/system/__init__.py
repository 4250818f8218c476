"""The host and the store as a whole: info, doctor, disk usage, prune, events, recovery."""
