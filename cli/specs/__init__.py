"""Words of flags into values of specs: one file a topic, each a set of pure functions that name the flag they refuse."""
