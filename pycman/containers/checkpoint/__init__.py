"""Checkpoints: the processes of a container written to files by CRIU, and restored from them, here or on another host.

    checkpoint.py   running ──▶ ROOT/containers/ID/checkpoint/ ──▶ exited (or it runs on)
    restore.py      exited ──▶ running, with the addresses it had
    held_network.py the network namespace that is made and connected before the processes are
    archive/        podman's archives: what is in them, written and read; a stranger's until checked

What an archive says of a container is translated into a spec of our own (archive/translate.py), which is created and started as
every other; only CRIU's images are used as they are. They hold the whole state of processes, capabilities included: an archive is
to be trusted like a program that one runs as root.
"""
