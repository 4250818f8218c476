"""The supervisor: one process per user that runs what must happen later, and ends when nothing is left to happen.

It runs health checks, Kubernetes probes, delayed restarts and the removal of expired Jobs. While it runs it also sees that the host's
resolv.conf has changed (resolver_watch.py) and that a helper of networks was killed (helper_watch.py). It is no daemon: the first
container that needs it starts it, a lock file ensures that there is only one, all its state is in the database, and the
next command restarts it if it was killed.

    database ──▶ find work ──▶ what is due now ──▶ one child process each (a fork for probes, else a command)
        ▲                            │
        └── sleep until the next ◀───┘        loop.py: the process        schedule.py: times and outcomes only, pure

It has one thread, which sleeps until the next due time or the end of a child; at most one second, to notice new work.
"""
