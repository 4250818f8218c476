"""Attach: pass a client's streams to and from a container until it exits or the client detaches.

    start_attached.py  takes the cleanup claim, starts ──▶ attach_and_wait.py ── exit ──▶ end/after_exit.py cleans up
    attach.py          the container runs already ───────▶ attach_and_wait.py ── exit ──▶ end/exit_status.py waits
                                                                                          for conmon's exit command

It may import start/ and end/; the protocol of conmon's socket is `pycman/runtime/attach.py`.
"""
