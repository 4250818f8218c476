"""Control groups (cgroups(7)): what this host has, pods' parents, and counters read from v1, v2 and hybrid hosts alike."""
