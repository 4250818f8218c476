"""The worker: a single-threaded process that joins namespaces for a program that uses the library. To come."""
