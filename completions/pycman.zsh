#compdef pycman
# zsh completion for pycman; written by `python -m cli.generate`
_pycman() {
    local -a described open
    local answer line word
    answer=$("${words[1]}" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null) || return 1
    if [[ $answer == ":files" ]]; then
        [[ $PREFIX == --*=* ]] && compset -P 1 '*='
        _files
        return
    fi
    for line in "${(@f)answer}"; do
        [[ -z $line ]] && continue
        word=${line%%$'\t'*}
        if [[ $word == *[=:] ]]; then
            open+=("${word//:/\\:}:${line#*$'\t'}")
        else
            described+=("${word//:/\\:}:${line#*$'\t'}")
        fi
    done
    local ret=1
    ((${#open})) && _describe 'pycman' open -S '' && ret=0
    ((${#described})) && _describe 'pycman' described && ret=0
    return ret
}
if [[ $funcstack[1] == _pycman ]]; then
    _pycman "$@"
else
    compdef _pycman pycman
fi
