"""Change a container that exists, running or not.

Each verb takes the container's lock, reads its row again and appends an event.

    rename.py   another name                          connect.py  put it on a network or take it off; `network reload`
    update.py   resource limits and restart policy    pause.py    freeze and thaw its cgroup
    resolver.py the host's resolv.conf has changed    revive.py   helpers of its networks were killed

What a running container gets at once is also in its stored spec, so that the next start has it too.
"""
