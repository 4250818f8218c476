"""The completion scripts. Each asks `pycman __complete WORDS…`, which answers one candidate a line in under 40 ms, so that
commands, flags, values and live names are the same in every shell and never stale.
"""

from __future__ import annotations


def bash() -> str:
    """Return the script for bash."""
    return """# bash completion for pycman; written by `python -m cli.generate`
_pycman() {
    local IFS=$'\\n' current=${COMP_WORDS[COMP_CWORD]}
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
        COMPREPLY+=("${line%%$'\\t'*}")
    done
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _pycman pycman
"""


def zsh() -> str:
    """Return the script for zsh."""
    return """#compdef pycman
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
        described+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
    done
    _describe 'pycman' described
}
if [[ $funcstack[1] == _pycman ]]; then
    _pycman "$@"
else
    compdef _pycman pycman
fi
"""


def fish() -> str:
    """Return the script for fish."""
    return """# fish completion for pycman; written by `python -m cli.generate`
function __pycman_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$answer" = ":files"
        __fish_complete_path "$current"
        return
    end
    printf '%s\\n' $answer
end
complete -c pycman -f -a '(__pycman_complete)'
"""


SCRIPTS = {"bash": ("pycman.bash", bash), "zsh": ("pycman.zsh", zsh), "fish": ("pycman.fish", fish)}
