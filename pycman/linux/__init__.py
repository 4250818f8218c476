"""The kernel: the only room that makes raw system calls or reads /proc and /sys. It imports only values (line 0 of docs/architecture.md).

libc.py ─▶ syscalls.py        thin: one function a call that Python 3.11 lacks; no policy
files.py  open_below.py       atomic writes, locks, removal of trees; paths that cannot leave a directory
processes.py  process_table.py  process_tree.py  orphans.py  open_files.py    start, wait, list and kill processes
forked_child.py               work in a child: in other namespaces, or in parallel
watched_processes.py          which of many processes live, with one system call
inotify.py                    be told of changes in directories
namespaces.py  mounts.py  mount_view.py    join and pin namespaces; mount, unmount, private views
own_mounts.py                 start a helper whose mounts stay its own
netlink.py ─▶ links.py  conntrack.py    network interfaces, addresses, routes; tracked connections
host_limits.py  host_addresses.py  devices.py    facts of the host
cgroup/                       control groups: set up, limits, counters
user/                         the user, subordinate ids, rootless namespaces

Nobody imports `ctypes`, which costs 3 ms: libc.py does without its classes.
"""
