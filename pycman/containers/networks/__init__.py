"""Connect a container to its networks, and release what it had there after its exit.

    create: resolve.py         which networks; addresses, ports and modes validated
    start:  steps.py          two steps: Reserve (before the runtime makes the namespace), Connect (after it)
            connection.py     what they do: reserve ports, lease addresses, have a child make bridges and interfaces
            endpoints.py      what a running container has on each
            etc_networks.py   what /etc/hosts and /etc/resolv.conf need to know
    exit:   connection.py     begin_release: rows first, then a child reconciles the host

The mechanisms (leases, nftables, DNS, slirp4netns) are in `pycman/network/`; of containers only the nouns are imported.
"""
