"""Networks of a user without root: one namespace for all bridges, and the programs that connect it with the host.

    uplink.py      the shared namespace of a store's bridges and its slirp4netns (--network bridge)
    slirp_options.py   the options of --network slirp4netns and the addresses that follow from them: pure
    addresses.py   the addresses that slirp4netns gives
    pasta.py       what the installed pasta can do, and the addresses by which a container finds the host
    user_mode.py   a namespace for a single container, with slirp4netns or pasta (--network slirp4netns, pasta)

The child of reconcile/in_child.py uses the uplink, pycman/containers/networks the user modes. May import linux, state,
spec and `addresses`.
"""
