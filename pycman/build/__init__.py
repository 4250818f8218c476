"""Build: from a Dockerfile and a context to an image, without a daemon and without privileges.

The first half is pure: it reads no file, starts nothing, and can be tested and fuzzed as it is. It imports nothing but
line 0 (errors, record, jsontext, digest). The second half carries out what the first has planned.

    language/   bytes of a Dockerfile → instructions as typed values with their lines, and warnings
    ignore/     .dockerignore and .containerignore: which paths of a context are left out
    plan/       instructions, build arguments and the configs of base images → stages that are needed, in order, with
                steps in which everything is expanded, their cache keys, and the image's config after each step

The second half works on the host:

    context/    directories, tars, URLs and git repositories as trees behind a descriptor
    execute/    steps in containers and copies, layers from upper directories; `execute/build.py` is the entrance
    cache/      rows of finished steps, directories of cache mounts, and what is pruned of both
    export/     the image in the store, or files
    options.py, outcome.py, stack.py   what callers ask; events, errors; layers and states of stages

`language` and `ignore` know of nobody; `plan` knows `language`. What executes a plan knows `plan` and `ignore`, and of
`language` only the values that a plan's steps are made of.
"""
