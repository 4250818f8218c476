"""CNI: plugins of other projects connect a network namespace; pycman is the runtime that calls them (CNI spec 1.0.0).

An *attachment* is one interface of one container in one network. Its life:

    conf directory ──conf──▶ NetworkList     the plugins of a network, in order
    NetworkList + Attachment ──invoke.add──▶ Result
        record, not yet `complete` (records)       before any plugin is started
        ADD of each plugin in order (request)      each is given the result of the one before, and the record keeps it
        record, `complete`, with the last result
    invoke.check                                   CHECK of each, in order, with that result
    invoke.delete                                  DEL of each, last first, with that result; then the record is removed

The record makes DEL possible after any failure: it has list, arguments and result as they were at ADD, even if the conf
file has changed since. A failed ADD is followed by DEL at once. An ADD whose caller was killed leaves its record, and a
later DEL first waits for the plugin that may still be running.

In reading order: `conf`, `request`, `result` and `failures` are pure (`conf` also reads the conf directory); `records`
and `invoke` do I/O. No function here joins a namespace or forks: plugins are started by posix_spawn, so any thread may
call. May import linux and the value modules, and nothing of the rest of pycman/network.
"""
