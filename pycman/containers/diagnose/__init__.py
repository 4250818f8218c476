"""Why a container did not start, exited, restarts or is unhealthy (`pycman why`, and the hints of failed starts).

    why.py ──▶ command_check.py     the command in the root file system: missing, not executable, for another machine, …
           └─▶ mount_ownership.py   binds and volumes the container's user may not use, and the flag that helps
           └─▶ row, events, health_log, probes, the end of the log

Findings come from the container's row, events, log and image, never from the OCI runtime's wording. It may import
cleanup/ (termination message), process/, bundle/ and mounts/; start/ calls it when a start fails.
"""
