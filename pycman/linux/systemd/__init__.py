"""What is asked of systemd, by D-Bus: scopes and slices for containers, their monitors and pods (org.freedesktop.systemd1(5)).

units.py (verbs) ─▶ bus.py (one connection, calls, the end of a job) ─▶ wire.py (values as bytes; pure)
presence.py      whether systemd runs, and its bus       own_scope.py     out of the scope of a login, rootless
properties.py    limits of the OCI runtime-spec as properties of a unit (systemd.resource-control(5)); pure

A client of our own, as the libraries take 40 ms to import and a `run` makes one such call.
"""
