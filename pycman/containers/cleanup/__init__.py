"""After a container's process is gone: record how it ended, then give back runtime state, mounts, network and bundle.

    cleanup.py              the deed itself; every step may be repeated after a kill
    cleanup_claim.py        who does it: conmon's exit command, or a foreground command that claimed it
    termination_message.py  the last words a container of Kubernetes YAML left
    deadline.py             until when a pod may run

What follows from an end (restart, --rm, pods) is `end/`.
"""
