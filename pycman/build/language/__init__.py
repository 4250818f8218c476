"""The Dockerfile language: from bytes to typed instructions with positions (docs.docker.com/reference/dockerfile).

Sans-IO: `parse(data, name)` in `parser` is the only entrance, and `DockerfileError` the only thing it raises. In the
order of reading; each imports only from files above its own:

    position       file and lines of a piece of text
    errors         DockerfileError, the limits, and near misses ("did you mean COPY?")
    warning        rules of the linter by name, a warning with its place, `# check=`
    instructions   the values: one Record for each instruction
    words          words, quotes and escapes; flags before arguments; NAME=VALUE pairs; JSON arrays
    heredoc        <<EOF in a line of arguments
    lines          directives, comments, continuation, here-documents: lines → one text for each instruction
    table          what each instruction takes: form of its arguments, flags, which of them are expanded
    read           from one text to the value of one instruction
    mounts         --mount=type=… as values, after expansion
    expand         $NAME and ${NAME…}, in a text, with the variables of a caller
    parser         the whole file: stages, order, `# check=`
"""
