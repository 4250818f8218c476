"""podman's own API (/vN.N.N/libpod/…) over the engine, beside docker's: what podman-py and `podman --remote` speak.

    routes.py   the table of endpoints, from which a section of docs/api.md is made
    errors.py   kinds of errors as podman's statuses and {"cause", "message", "response"}
    query.py    values in queries as podman's decoder reads them
    spec/       podman's specs as the engine's; pure          shapes/   values of the engine as podman's JSON; pure
    verbs/      what workers do                               streams/  what the event loop does

It is imported when the first request for such a path comes: a client of docker's API pays nothing for it. What both APIs do in
the same way (archives, exec, start, pause, …) is the same handler in both tables.
"""
