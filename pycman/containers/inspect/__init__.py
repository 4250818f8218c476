"""What `inspect`, `stats`, `port` and `ps --size` show of containers: values computed from rows, specs and cgroup files."""
