"""Docker's Engine API, and podman's, over the engine: HTTP on a unix socket, started by whoever needs it and gone when nobody does.

    client ── HTTP ──▶ http/ ── routes.py ──▶ workers.py ──▶ worker (pycman/pool) ─ verbs/ ──▶ engine       whatever does something
                                    └───────▶ streams/ ──▶ database, log files, conmon's sockets        whatever waits

    listener.py    addresses, the socket or the one that systemd passes
    server.py      the life of the server: one event loop, the end when it is idle;  context.py  what it shares
    changes.py     one watcher of the database for everybody who waits
    http/          one connection: requests, answers, chunked and hijacked streams (h11), with limits
    routes.py      the table of endpoints, from which docs/api.md is made;  document.py  makes it
    errors.py      kinds of errors as statuses
    workers.py     requests to the pool of workers from an event loop;  pipes.py  descriptors in an event loop
    verbs/         what workers do;  streams/  what the event loop does itself: events, logs, stats, wait, attach, exec
    translate/     JSON to the engine's specs and back; pure
    libpod/        podman's own API: a second translation, imported when it is asked for

The server is one process with one thread that serves (and the pool's watcher): it never forks and never joins a namespace
once it serves. All its state is in the store, so that it may be killed and started again at any time.
"""
