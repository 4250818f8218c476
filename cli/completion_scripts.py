"""The completion scripts. Each asks `pycman __complete WORDS…`, which answers one candidate a line in under 40 ms, so that
commands, flags, values and live names are the same in every shell and never stale.
"""

from __future__ import annotations


def bash() -> str:
    """Return the script for bash.

    Bash splits words at the characters of COMP_WORDBREAKS, so that `--network=container:web` is five of COMP_WORDS, and replaces
    only what follows the last of them. The words are put together from COMP_LINE, and what stays is cut off the candidates.
    """
    return """# bash completion for pycman; written by `python -m cli.generate`
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
    while IFS=$'\\t' read -r line _; do
        [[ -n $line ]] && COMPREPLY+=("${line#"$kept"}")
    done <<<"$answer"
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:] ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -F _pycman pycman
"""


def zsh() -> str:
    """Return the script for zsh. Candidates that end in "=" or ":" are not followed by a space."""
    return """#compdef pycman
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
        word=${line%%$'\\t'*}
        if [[ $word == *[=:] ]]; then
            open+=("${word//:/\\\\:}:${line#*$'\\t'}")
        else
            described+=("${word//:/\\\\:}:${line#*$'\\t'}")
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
"""


def fish() -> str:
    """Return the script for fish, which itself puts no space behind candidates that end in "=" or ":"."""
    return """# fish completion for pycman; written by `python -m cli.generate`
function __pycman_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$answer" = ":files"
        if string match -q -- '--*=*' "$current"
            set -l parts (string split -m 1 = -- "$current")
            for path in (__fish_complete_path "$parts[2]")
                echo "$parts[1]=$path"
            end
        else
            __fish_complete_path "$current"
        end
        return
    end
    printf '%s\\n' $answer
end
complete -c pycman -f -a '(__pycman_complete)'
"""


def without_descriptions(script: str) -> str:
    """Return a script that shows names only (--no-desc). Bash's shows nothing else anyway."""
    zsh_pair, fish_lines = ":${line#*$'\\t'}", "printf '%s\\n' $answer"
    return script.replace(zsh_pair, "").replace(fish_lines, "string replace -r '\\t.*' '' -- $answer")


SCRIPTS = {"bash": ("pycman.bash", bash), "zsh": ("pycman.zsh", zsh), "fish": ("pycman.fish", fish)}
