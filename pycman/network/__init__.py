"""Networks: rows of the database first, then a reconciliation of kernel, firewall and DNS with these rows.

    create, update, remove ─▶ networks     one row a network, whose spec is JSON
    leases                 ─▶ endpoints, addresses     which container has which address, for this boot
    ports                  ─▶ port_bindings            and the sockets that reserve the ports on the host
    services               ─▶ services                 virtual addresses in front of pods
            │
            ▼  reconcile/: desired state ─▶ steps, where it differs from the last one ─▶ bridges, nftables, aardvark-dns
            ▼  rootless/:  the one namespace of a user's bridges and its slirp4netns, or pasta for a single container
            ▼  relay/:     a process for published ports that the table cannot lead to a container
    cni/                   plugins of other projects connect a sandbox of the CRI server; shares nothing with the rest

In reading order: `addresses` (pure numbers), `subnets`, `catalogue` (rows), `choose`, `subnets_lock`, `networks` (find one),
`create`, `update`, `remove`, `filters`, `inspect`; then `leases`, `ports` and `services`. May import state, linux,
config and the value modules; never storage, registry or runtime.
"""
