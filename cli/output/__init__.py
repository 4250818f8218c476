"""How results look: tables as Go's tabwriter lays them out, --format, sizes, times, progress, questions."""
