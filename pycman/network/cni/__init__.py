"""CNI: other people's plugins connect a network namespace, and pycman is the runtime that calls them (CNI spec 1.0.0).

An *attachment* is one interface of one container in one network. Its life:

    conf directory ──conf──▶ NetworkList     the plugins of a network, in order
    NetworkList + Attachment ──invoke.add──▶ Result
        record "incomplete" written (records)      before any plugin is started
        ADD of each plugin in order (request)      each is given the result of the one before, and the record keeps it
        record "complete" with the last result
    invoke.check                                   CHECK of each, in order, with that result
    invoke.delete                                  DEL of each, last first, with that result; then the record goes

The record is what makes DEL work after anything: it holds list, arguments and result as they were at ADD, though the
conf file may have changed since. An ADD that fails is followed by DEL at once; one whose caller was killed leaves its
record, and the DEL that comes later first waits for the plugin that may still be at work on its own.

`conf`, `result`, `failures` and `request` decide without I/O (but for the reading of the conf directory); `records`
and `invoke` do. Nothing here joins a namespace or forks: plugins are started by posix_spawn, so any thread may call.
"""
