"""Change a container that exists, running or not: its name, its limits and restart policy, its networks, and whether it is frozen."""
