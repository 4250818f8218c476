"""Carry out a plan: from a stage's base and its steps to layers, a config and a history.

    build.py            context, plan, stages, outputs
      stages.py         the stages of a plan, each step looked up in the cache or carried out
      side_by_side.py   those that do not need each other, each in a child: stage_child.py
      bases.py          FROM: images (pulled if needed), earlier stages, scratch
      run_step.py       RUN: a container of the engine;  run_mounts.py what its --mount show it (bundle_secrets.py)
      run_chroot.py     RUN with --isolation chroot: chroot_mounts.py, or placed.py where nothing can be mounted; output_pump.py
      copy_step.py      COPY, ADD: trees.py opens what is copied from, parts.py says what a source is, remote.py fetches,
                        digest.py (file_digests.py) names the content, copy_files.py copies (owner.py, modes.py)
      make_directory.py WORKDIR
    stack_tree.py       a stage or image as a tree;  excluded.py  a context without what its ignore file leaves out
    root.py             mounts the layers of a stage;  new_layer.py  makes a layer of what was written over them
    mount_points.py     removes what only stood for a mount

A context, a Dockerfile and what a RUN has written may be a stranger's: every path is opened below a descriptor of its
tree (openat2(2), RESOLVE_IN_ROOT), no link leads out of it, and only regular files are read.
"""
