"""A container's files as seen from outside: mount, cp, diff, export, commit.

A running container can change its tree at any moment, so it is read and written through descriptors that cannot leave it
(`root_view.py`, `copy_entries.py`), never by a path of more than one name.
"""
