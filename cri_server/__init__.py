"""The engine as a CRI v1 server: `runtime.v1` RuntimeService and ImageService on a unix socket.

    kubelet ── gRPC ──▶ server.py ─ services.py ──▶ queries.py ──▶ database             lists and states
                                        └─────────▶ worker (pycman/pool) ─ work/ ──▶ engine    everything that changes something
    kubelet ── HTTP upgrade ──▶ streaming/ ──▶ worker ──▶ exec, attach, port forwarding

    server.py, rpc.py    the socket and the server's life; errors as gRPC statuses
    services.py          the RPCs;  config.py  the server's settings
    queries.py           rows of the database into messages;  container_events.py  GetContainerEvents
    lists.py             lists as their items' bytes;  answers.py  answers kept until something changes
    translate/           messages into the engine's specs; pure
    work/                what the workers do: sandboxes, containers, images
    streaming/           exec, attach and port forwarding over upgraded HTTP connections
    stats/               the resource usage of containers and pods
    metrics/             the same as cAdvisor's metrics; the server's own for Prometheus

The server has threads, so it never forks or joins a namespace: a worker does that. All its state is in the database, so that it
may be killed and started again at any time.
"""
