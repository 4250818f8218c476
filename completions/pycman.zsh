#compdef pycman
# zsh completion for pycman; written by `python -m cli.generate`
_pycman() {
    local -a lines described
    local answer line
    answer=$("${words[1]}" __complete "${(@)words[2,CURRENT-1]}" "${words[CURRENT]}" 2>/dev/null) || return 1
    if [[ $answer == ":files" ]]; then
        _files
        return
    fi
    lines=("${(@f)answer}")
    for line in $lines; do
        [[ -z $line ]] && continue
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    _describe 'pycman' described
}
if [[ $funcstack[1] == _pycman ]]; then
    _pycman "$@"
else
    compdef _pycman pycman
fi
