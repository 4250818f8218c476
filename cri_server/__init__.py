"""The engine as a CRI v1 server: `runtime.v1` RuntimeService and ImageService on a unix socket.

    work/          what the workers of its pool do (pycman/pool): sandboxes, containers, images, streams
    translate/     messages into specs; pure
    look.py        rows of the database into messages; what the server answers by itself
    streaming/     exec, attach and port forwarding over upgraded HTTP connections
    stats/         what containers and pods use
    metrics/       the same as cAdvisor's metrics; the server's own for Prometheus
    services.py    the RPCs, and which status an error is
    server.py      the socket, and the server's life

The server has threads, so it never forks or joins a namespace: whatever needs that is done by a worker. It keeps nothing in memory that the database does not know: it may be killed and started again at any time.
"""
