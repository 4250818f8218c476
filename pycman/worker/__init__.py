"""The worker: a single-threaded process that joins the user's namespaces for a program that uses the library.

A process with threads cannot join a user namespace, and no process can leave one, so `Engine.open()` never moves the calling
program. In an ordinary user's program, `engine.containers` and the others are `RemoteApi` objects: each verb sends a frame to
the worker, which calls the real method.

    program ── frame {"api", "verb", "arguments", "options"} ──▶ worker ── engine.containers.run(…)
            ◀── frame {"result"} or {"error": {"kind", "problem", …}} ──┘

    frames.py  the protocol: length-prefixed JSON, what values it can carry, which verbs are allowed (`VERBS`); pure
    client.py  the program's side: start the worker, send requests, wait for replies
    child.py   the worker's side: serve requests until the program closes its end

Only verbs in `frames.VERBS` are served; verbs with byte streams are not among them. The worker shares the program's descriptors
0, 1 and 2.
"""
