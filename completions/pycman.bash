# bash completion for pycman; written by `python -m cli.generate`
_pycman() {
    local IFS=$'\n' current=${COMP_WORDS[COMP_CWORD]}
    local words=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
    COMPREPLY=()
    local answer
    answer=$("${COMP_WORDS[0]}" __complete "${words[@]}" "$current" 2>/dev/null) || return 0
    if [[ $answer == ":files" ]]; then
        compopt -o default 2>/dev/null
        return 0
    fi
    local line
    for line in $answer; do
        COMPREPLY+=("${line%%$'\t'*}")
    done
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _pycman pycman
