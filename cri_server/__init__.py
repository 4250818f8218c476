"""The engine as a CRI v1 server: `runtime.v1` RuntimeService and ImageService on a unix socket.

    zygote.py      forks a process for each thing to be done: the server itself, which has threads, never forks or joins
    work/          what those processes do, with the engine and pods: sandboxes, containers, images
    translate/     messages into specs; pure
    look.py        rows of the database into messages; what the server answers by itself
    stats/         what containers and pods use
    metrics/       the same as cAdvisor's metrics; the server's own for Prometheus
    services.py    the RPCs, and which status an error is
    server.py      the socket, and the server's life

The server keeps nothing in memory that the database does not know: it may be killed and started again at any time.
"""
