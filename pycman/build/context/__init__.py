"""The build context and named contexts: where COPY, ADD and bind mounts of RUN find files.

    open_context.py   a directory, a tar or Dockerfile on a descriptor, a git or http(s) URL ──▶ SourceTree
      fetch.py        a tar or a repository, below the store's tmp/
      git.py          a git repository, cloned without anything that it could run
    tree.py           SourceTree: a directory held by a descriptor, with its ignore rules
    wildcards.py      patterns of COPY, matched as Go's path.Match does

A tree belongs to a stranger: it is read through its descriptor only, links are followed inside it, and never out of it.
May import ignore/ of this room, storage, state and what is below them.
"""
