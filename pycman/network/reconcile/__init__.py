"""Reconcile the network with the database: compute what should be, do only what differs from the last time.

    desired.py            database ─▶ Desired: bridges, published ports, services, DNS entries (a value)
    reconcile.py          Desired and applied.json ─▶ steps, carried out in order
    bridges.py            bridges, and packet forwarding
    uplink_ports.py       rootless: ports that slirp4netns opens
    relay_steps.py        ports that the port relay serves
    nftables.py           Desired ─▶ the text of the one table, replaced in one transaction
    udp_flows.py          flows of UDP ports that lead elsewhere now are forgotten
    dns.py                the files of aardvark-dns, and its process
    helpers.py            whether a helper process was killed
    interfaces.py         the interfaces of one container, made once its namespace exists
    in_child.py           all of this in a forked child, beside the caller's own work
    refresh_services.py   the entry for a changed readiness of pods

Every step may be repeated, so a killed command is repaired by the next reconciliation. May import the files of
pycman/network above it, linux and state.
"""
