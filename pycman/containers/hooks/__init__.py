"""Handlers of Kubernetes' probes and lifecycle hooks: run one in the container or call it over the container's network.

run_handler.py      exec, or a forked child in the network namespace ─▶ probe_calls.py (TCP, HTTP, gRPC)
lifecycle_hooks.py  postStart after the start, preStop before the stop signal
probe_rules.py      what an outcome means (pure);  probe_rows.py  what the database keeps of it
wake_supervisor.py  start the process that runs checks when they are due
"""
