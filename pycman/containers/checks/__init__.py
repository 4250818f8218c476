"""Run one health check (docker's) or one probe (Kubernetes') of a container, record the outcome and act on it.

    supervisor: one is due
      ├─▶ health_check.py ── exec ──────────────────▶ health_rules.py (pure) ──────▶ row, health_log, events
      │                                                   └─▶ unhealthy: restart, stop or kill (--health-on-failure)
      └─▶ probes.py ──────── hooks/run_handler.py ──▶ hooks/probe_rules.py (pure) ─▶ row, probes, events, services
                                                          └─▶ startup or liveness has failed: end the container

When a check is due is the supervisor's part. It may import end/ (to stop and restart), hooks/ and process/.
"""
