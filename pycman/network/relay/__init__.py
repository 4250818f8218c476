"""The port relay: one process for each store that serves published ports which the kernel's table cannot lead to a container.

    client ──▶ [::]:8080, a socket of the host │ relay, in the namespace of the bridges │ ──▶ 10.79.0.2:80

These are IPv6 ports of containers that have only IPv4 (or the other way round), ::1 (no destination translation leads out of the IPv6
loopback interface) and link-local addresses: the container sees the relay as the caller, as with docker-proxy and rootlessport. In
rootless stores they are all TCP ports too, where containers see the callers' own addresses, and IPv6 UDP ports (slirp4netns opens IPv4
ports only).

    ports.py       which ports need the relay, and where it leads them: pure
    control.py     its starter's side: start it, hand it listening sockets, stop it
    lines.py       what the two say to each other
    process.py     the process and what it is told
    loop.py        its poll loop
    streams.py     TCP: two sockets, and a direction each way
    direction.py   what one socket sends goes to the other
    pipes.py       the pipes that the kernel moves it through
    callers.py     rootless: connections under the address of the caller
    marks.py       marks by which the replies to these come back
    datagrams.py   UDP: a socket for each caller

The child of reconcile/in_child.py opens the sockets on the host, where it can say at once what is in use. The process has the sockets
before it runs, so that nobody waits for it. It ends when it is told so, with the last port; a killed one is replaced by the next change.
"""
