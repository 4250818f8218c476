# fish completion for pycman; written by `python -m cli.generate`
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
    printf '%s\n' $answer
end
complete -c pycman -f -a '(__pycman_complete)'
