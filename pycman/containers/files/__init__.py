"""A container's files, read and written from outside of it: mount, cp, diff, export, commit.

    mount.py      the root mounted for a user, or for the time of one verb         export.py   the root as one tar
    root_view.py  the root with its volumes and binds, as the container sees it    commit.py   an image of it
    copy*.py      `cp`: rules of source and destination, entries, archives         diff.py     what changed in it

A running container can change its tree at any moment, so the tree is read and written through descriptors that cannot
leave it (`root_view.py`, `copy_entries.py`), never by a path of more than one name. It may import every other folder
but create/.
"""
