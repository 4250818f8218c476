"""Go templates, as far as `--format` needs them: text → tokens → tree → output. Pure, and free of dear imports.

    tokens.py     text into tokens, with trim markers and comments done          parse.py      tokens into a tree
    evaluate.py   a tree and a value into text                                   functions.py  the functions, Go's and docker's
    printing.py   values as Go prints them; printf

Values are what JSON has, plus `Fields`: a dictionary that, like a Go struct, has no fields but its own. A missing key of a
plain dictionary (a Go map) prints "<no value>". Sources: the documentation of Go's text/template, docker's and podman's
manuals on formatting.
"""
