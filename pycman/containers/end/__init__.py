"""What follows from a container's exit, and the commands that bring it about. Each file uses only those above it:

remove.py       take a container away: row "removing", directories, volumes, row
finish.py       after the exit: clean up, then restart (restart_policy.py) or remove
stop_one.py     stop signal, SIGKILL after a time, finish
pod_end.py      what a member's end means for its pod; stops sidecars and infra container with stop_one
after_exit.py   finish, then pod_end: conmon's exit command, or the foreground command in its place
stop.py  kill.py  wait.py  exit_status.py  prune.py  recover.py
"""
