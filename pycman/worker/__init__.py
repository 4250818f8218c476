"""The worker: a single-threaded process that joins the user's namespaces for a program that uses the library.

A process with threads cannot join a user namespace, and none can leave it again, so `Engine.open()` never moves the calling
program. As an ordinary user its faces are `RemoteFace`s: each verb is a frame to the worker, which has the real faces.

    program ── frame {"face", "verb", "arguments", "options"} ──▶ worker ── engine.containers.run(…)
            ◀── frame {"result"} or {"error": {"kind", "problem", …}} ──┘

The requests are a closed set: the public verbs of the faces (`frames.VERBS`). Descriptors 0, 1 and 2 are the program's own.
"""
