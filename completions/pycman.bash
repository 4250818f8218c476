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
    local last=${words[-1]} flag=
    [[ $last == -*=* ]] && flag=${last%%=*}=
    local kept=${last%"${last##*["$COMP_WORDBREAKS"]}"}
    local answer
    answer=$("${words[0]}" __completeNoDesc "${words[@]:1}" 2>/dev/null) || return 0
    local directive=${answer##*:}
    answer=${answer%:*}
    COMPREPLY=()
    while IFS= read -r line; do
        [[ -n $line ]] && line=$flag$line && COMPREPLY+=("${line#"$kept"}")
    done <<<"$answer"
    case $directive in
        0) ((${#COMPREPLY[@]})) || compopt -o default 2>/dev/null ;;
        2) [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:/] ]] && compopt -o nospace 2>/dev/null ;;
    esac
    return 0
}
complete -F _pycman pycman
