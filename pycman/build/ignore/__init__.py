"""Ignore files: which paths of a context a build does not see (Dockerfile reference, ".dockerignore file").

    pattern   one pattern: what it matches, and whether it could match something below a directory
    rules     the file: patterns in order, "!" for exceptions; the state of a walk through a tree

The rules are those of moby's patternmatcher: a pattern matches a path if it matches it or a directory above it, and the
last pattern that matches decides. `COPY --exclude` has the same patterns.
"""
