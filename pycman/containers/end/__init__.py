"""What follows from a container's exit, and the verbs that end containers. Each file imports only those above it:

    exit_status.py      the exit status of a run, even after --rm
    remove.py           row "removing", then directories, volumes, row
    finish.py           after the exit: clean up, then restart or remove
    stop_one.py         the stop signal, SIGKILL after the timeout, finish
    pod_end.py          what a member's exit does to its pod; stops sidecars and infra container with stop_one
    after_exit.py       finish, then pod_end: conmon's exit command, or a foreground `run` in its place
    kill.py  stop.py  wait.py  prune.py      the verbs of the same names
    recover.py          finishes or undoes what killed commands left, with the functions above

It may import start/ (restarts), cleanup/, hooks/ (preStop) and process/; docs/architecture.md draws the flow.
"""
