#compdef pycman
# zsh completion for pycman; written by `python -m cli.generate`
_pycman() {
    local -a described open
    local answer line word flag=
    answer=$("${words[1]}" __complete "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null) || return 1
    [[ $PREFIX == -*=* ]] && flag=${PREFIX%%=*}=
    if [[ $answer == ":0" ]]; then
        [[ -n $flag ]] && compset -P 1 '*='
        _files
        return
    fi
    for line in "${(@f)answer}"; do
        [[ -z $line || $line == :[0-9]* ]] && continue
        word=$flag${line%%$'	'*}
        [[ $line == *$'	'* ]] && line=":${line#*$'	'}" || line=
        if [[ $word == *[=:/] ]]; then
            open+=("${word//:/\:}$line")
        else
            described+=("${word//:/\:}$line")
        fi
    done
    local ret=1
    ((${#open})) && _describe 'pycman' open -S '' && ret=0
    ((${#described})) && _describe 'pycman' described && ret=0
    return ret
}
if [[ $funcstack[1] == _pycman || $funcstack[1] == _pycman ]]; then
    _pycman "$@"
else
    compdef _pycman pycman
fi
