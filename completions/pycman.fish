# fish completion for pycman; written by `python -m cli.generate`
function __pycman_complete
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
complete -c pycman -f -a '(__pycman_complete)'
