# bash completion for docker, which is pycman here
. /usr/share/bash-completion/completions/pycman
complete -F _pycman docker
