"""A pool of worker processes for a server with threads: the server itself never forks and never joins namespaces.

    server (threads)                    pool process (one thread)             worker (one thread)
    Pool.call ── request ─────────────▶ gives it to a free worker ─────────▶  does it, with the store open
              ◀── reply ──────────────────────────────────────────────────────┘
    clients   ── connection ──────────▶ keeps it until its first bytes
                                        are enough to decide: refused, or ──▶ a worker of its own serves it to its end

The pool process is forked before the server's first thread, so that both share their memory. Should it be killed, the server
starts another with posix_spawn, which a process with threads may do; what its workers had begun they finish, and what no worker
had begun fails with Unavailable. It knows nothing of what is done: `Entry` names a function that returns a `Work`.

    pool.py        the server's end: call, watch, start again
    reply.py       what a caller waits for
    process.py     the pool process: which workers are free, forks
    worker.py      a worker's life
    waiting.py     connections whose first bytes are awaited: few, not for long, the oldest goes
    connection.py  a client's connection as a poll loop needs it, with or without TLS
    messages.py    requests and replies as bytes and descriptors
    entry.py       what a server gives to its pool
"""
