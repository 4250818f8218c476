# fish completion for pycman; written by `python -m cli.generate`
function __pycman_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$answer" = ":files"
        __fish_complete_path "$current"
        return
    end
    printf '%s\n' $answer
end
complete -c pycman -f -a '(__pycman_complete)'
