"""New images made here: from a container's changes (`commit`), or from a tar of a file system (`import`).

    commit.py              config and layer of a new image, and its rows
    import_source.py       where `import` reads its tar from: a file, standard input, a URL
    history.py             the steps an image was made by, for `history`

May import storage and the files of pycman/images above it.
"""
