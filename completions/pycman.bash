# bash completion for pycman; written by `python -m cli.generate`
_pycman() {
    local line=${COMP_LINE:0:COMP_POINT} rest piece i
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || piece=$rest
        if ((i == 0)) || [[ $rest != "$line" ]]; then
            words+=("$piece")
        else
            words[-1]+=$piece
        fi
        line=${rest#"$piece"}
    done
    local kept=${words[-1]%"${words[-1]##*["$COMP_WORDBREAKS"]}"}
    local answer
    answer=$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null) || return 0
    COMPREPLY=()
    if [[ $answer == ":files" ]]; then
        compopt -o default 2>/dev/null
        return 0
    fi
    while IFS=$'\t' read -r line _; do
        [[ -n $line ]] && COMPREPLY+=("${line#"$kept"}")
    done <<<"$answer"
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _pycman pycman
