"""A pool of worker processes for a server with threads: the server itself never forks and never joins namespaces.

    server (threads)                    pool process (one thread)             worker (one thread)
    Pool.call ── request ─────────────▶ passes it to a free worker ────────▶  performs it, with the store open
              ◀── reply ──────────────────────────────────────────────────────┘
    clients   ── connection ──────────▶ keeps it until its first bytes
                                        decide: it is refused, or ──────────▶ a worker of its own serves it to its end

The pool process is forked before the server's first thread, so that both share their memory. If it is killed, the server starts
another with posix_spawn, which a process with threads may do: workers finish the requests they have begun, and requests that no
worker had begun fail with Unavailable. The room does not know what is performed: `Entry` names a function that returns a `Work`.

    pool.py        the server's end: call, watch, restart
    reply.py       one caller that waits for its reply
    process.py     the pool process: which workers are free, forks
    worker.py      the life of a worker
    waiting.py     connections whose first bytes have not arrived: a limited number, for a limited time
    connection.py  a client's connection for a poll loop, with or without TLS
    messages.py    requests and replies as bytes and descriptors
    entry.py       what a server passes to its pool
"""
