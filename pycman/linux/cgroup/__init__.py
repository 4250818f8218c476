"""Control groups (cgroups(7)): what this host has, the parents of pods, and counters, from v1, v2 and hybrid hosts alike.

setup.py (hierarchies, controllers) ─▶ group.py (where a cgroup's files are) ─▶ counters.py ─▶ container_usage.py (of a process)
                                    └▶ parent.py (a pod's cgroup with limits)
"""
