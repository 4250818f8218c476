"""Metrics: cAdvisor's of containers for a kubelet, and the server's own for Prometheus.

facts.py       what is counted of one container, at a moment
table.py       every metric: name, help, labels, and which fact is its value
collect.py     the facts of all running containers, and the messages
operations.py  how many RPCs, how long, which errors; and where Prometheus fetches that
"""
