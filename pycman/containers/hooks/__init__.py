"""Kubernetes' probes and lifecycle hooks: run a handler in the container or against its network, and record outcomes.

    probe_rules.py      from state and outcome to the next state (pure)
    probe_rows.py       the same in the database: rows of probes, readiness, events
    probe_calls.py      TCP connect, HTTP GET, gRPC health check
    run_handler.py      exec in the container, or a forked child in its network namespace with probe_calls.py
    lifecycle_hooks.py  postStart after the start, preStop before the stop signal
    wake_supervisor.py  starts the process that runs probes and checks when they are due

When a probe runs is decided in `pycman/supervisor/`, what happens then in checks/probes.py. It may import process/.
"""
