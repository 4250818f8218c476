"""Health checks (docker's) and probes (Kubernetes'), one run at a time: run the command or call, keep the outcome, act on it.

The supervisor decides when; the rules of what an outcome means are pure (`health_rules.py`, `hooks/probe_rules.py`).
"""
