"""What `inspect`, `stats`, `port` and `ps --size` show of containers, from rows, specs and cgroup files.

    container.py ──┬─ config.py            "Config": what was asked to run (pure)
    (inspect)      ├─ host_config.py       "HostConfig": limits, namespaces, mounts, security (pure)
                   └─ network_settings.py  "NetworkSettings": addresses and ports (pure)
    stats.py  ports.py  size.py            one sample of its usage; published ports; bytes on disk

Nothing here changes a container. It may import networks/, bundle/ (the cgroup's path, the host name) and cleanup/ (the termination
message).
"""
