"""Networks of a user without root: one namespace for all bridges, and the programs that connect it with the host.

    uplink.py      the shared namespace of a store's bridges and its slirp4netns (--network bridge)
    user_mode.py   a namespace for a single container, with slirp4netns or pasta (--network slirp4netns, pasta)

Both are called from the forked child of reconcile/in_child.py or from containers/networks; they import linux and state
only.
"""
