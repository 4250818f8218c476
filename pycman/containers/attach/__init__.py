"""Stay with a container: a client's streams are passed to and from it until it ends or the client detaches.

start_attached ── start, holding the promise to clean up ──▶ attach_and_wait ── the exit ──▶ end/after_exit.py
attach ── of a container that runs already ────────────────▶ attach_and_wait ── the exit ──▶ end/exit_status.py
"""
