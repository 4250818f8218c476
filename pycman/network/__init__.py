"""Networks: interfaces, addresses, names, ports, firewall; rootless, and CNI."""
