"""Metrics: cAdvisor's of containers for a kubelet, and the server's own for Prometheus.

cgroup, /proc, writable layer ──▶ collect.py ──▶ Facts ──▶ table.py ──▶ ListPodSandboxMetrics

facts.py       the counters of one container at one moment
table.py       every metric: name, help, labels, and which fact is its value
collect.py     reads the facts of all running containers and builds the messages
operations.py  the server's own metrics: number, duration and errors of RPCs, and the listener Prometheus fetches them from
"""
