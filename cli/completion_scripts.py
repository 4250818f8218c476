"""The completion scripts. Each asks `PROGRAM __complete WORDS…`, which answers one candidate a line in under 40 ms, so that
commands, flags, values and live names are the same in every shell and never stale. The last line is a directive (cobra's): ":0" has the
shell complete files, ":2" puts no space behind a candidate.
"""

from __future__ import annotations


def _of(script: str, program: str) -> str:
    """Return a script for a program of another name, in whose functions only letters, digits and _ are left."""
    plain = "".join(letter if letter.isalnum() else "_" for letter in program)
    return script.replace("_PYCMAN_", plain).replace("PYCMAN", program)


def bash(program: str = "pycman") -> str:
    """Return the script for bash.

    Bash splits words at the characters of COMP_WORDBREAKS, so that `--network=container:web` is five of COMP_WORDS, and replaces
    only what follows the last of them. The words are put together from COMP_LINE, and what stays is cut off the candidates.
    """
    return _of(_BASH, program)


_BASH = """# bash completion for PYCMAN; written by `python -m cli.generate`
__PYCMAN_() {
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
complete -F __PYCMAN_ PYCMAN
"""


def zsh(program: str = "pycman") -> str:
    """Return the script for zsh. Candidates that end in "=", ":" or "/" are not followed by a space."""
    return _of(_ZSH, program)


_ZSH = """#compdef PYCMAN
# zsh completion for PYCMAN; written by `python -m cli.generate`
__PYCMAN_() {
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
        word=$flag${line%%$'\t'*}
        [[ $line == *$'\t'* ]] && line=":${line#*$'\t'}" || line=
        if [[ $word == *[=:/] ]]; then
            open+=("${word//:/\\:}$line")
        else
            described+=("${word//:/\\:}$line")
        fi
    done
    local ret=1
    ((${#open})) && _describe 'PYCMAN' open -S '' && ret=0
    ((${#described})) && _describe 'PYCMAN' described && ret=0
    return ret
}
if [[ $funcstack[1] == __PYCMAN_ || $funcstack[1] == _PYCMAN ]]; then
    __PYCMAN_ "$@"
else
    compdef __PYCMAN_ PYCMAN
fi
"""


def fish(program: str = "pycman") -> str:
    """Return the script for fish, which itself puts no space behind candidates that end in "=", ":" or "/"."""
    return _of(_FISH, program)


_FISH = """# fish completion for PYCMAN; written by `python -m cli.generate`
function ___PYCMAN__complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l flag ''
    if string match -q -- '-*=*' "$current"
        set flag (string split -m 1 = -- "$current")[1]=
    end
    set -l answer (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$answer" = ":0"
        for path in (__fish_complete_path (string replace -- "$flag" '' "$current"))
            echo "$flag$path"
        end
        return
    end
    for line in $answer
        string match -qr '^:[0-9]+$' -- $line; or echo "$flag$line"
    end
end
complete -c PYCMAN -f -a '(___PYCMAN__complete)'
"""


def without_descriptions(script: str) -> str:
    """Return a script that shows names only (--no-desc). Bash's shows nothing else anyway."""
    return script.replace(" __complete ", " __completeNoDesc ")


SCRIPTS = {"bash": ("pycman.bash", bash), "zsh": ("pycman.zsh", zsh), "fish": ("pycman.fish", fish)}
