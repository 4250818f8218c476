"""One module for each parser that strangers can reach; each has a TARGET."""
