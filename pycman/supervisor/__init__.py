"""The supervisor: one process per user that is awake while something needs it, and gone when nothing does.

It runs health checks and delayed restarts. It is no daemon: the first container with such a need starts it, a lock file
holds it single, all its state is in the database, and the next command starts it again if it was killed. It is one
thread that sleeps until the next due time or until the database changes.
"""
