"""cgroup."""
