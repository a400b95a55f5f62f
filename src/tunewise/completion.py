"""Shell completion: a short script for bash, zsh or fish that asks ``tunewise ls`` for the words.

Verbs are written into the script; things, inputs and flags are asked for at each TAB, so that knowledge of
your own completes too. Only plain names pass, so no name can be run as a command. Knows the program by what
it prints alone.
"""
from __future__ import annotations

from .errors import InputError

_NAMES = """_tunewise_names() {
    tunewise ls "$@" 2>/dev/null | tail -n +2 | cut -f1 | grep -E '^[A-Za-z0-9][A-Za-z0-9._-]*$'
}
_tunewise_after() {  # words that may follow a verb
    case $1 in
        ls) _tunewise_names ; echo inputs rules ;;
        show) _tunewise_names techniques ; _tunewise_names models ; _tunewise_names gpus ;;
        diagnose) _tunewise_names symptoms ;;
        checklist) echo before planning evaluation after ;;
        completion) echo @SHELLS@ ;;
        new) echo technique model gpu source claim ;;
        export) echo turtle json-ld n-triples n-quads trig ;;
        @OF_TECHNIQUES@) _tunewise_names techniques ;;
    esac
}
_tunewise_options() {
    tunewise --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]+'
    _tunewise_names inputs | tr _ - | sed 's/^/--/'
}
"""

_BASH = """# tunewise completion for bash: put  eval "$(tunewise completion bash)"  into ~/.bashrc
@NAMES@_tunewise() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} said=""
    if [[ $cur == "=" ]]; then cur="" prev="--$prev"
    elif [[ $prev == "=" ]]; then prev="--${COMP_WORDS[COMP_CWORD-2]#--}"; fi
    COMPREPLY=()
    if (( COMP_CWORD == 1 )) && [[ $cur != -* ]]; then said="@VERBS@"
    elif [[ $prev == --trust ]]; then said=$(_tunewise_names sources)
    elif [[ $prev == --format ]]; then said="table csv json"
    elif [[ $prev == -s || $prev == --situation || $prev == --save-situation ]]; then compopt -o default; return
    elif [[ $prev == --?* ]]; then said=$(_tunewise_names "${prev#--}s"); fi
    if [[ -z $said && $cur == -* ]]; then said=$(_tunewise_options)
    elif [[ -z $said ]]; then said=$(_tunewise_after "${COMP_WORDS[1]}"); compopt -o default; fi
    COMPREPLY=($(compgen -W "$said" -- "$cur"))
}
complete -F _tunewise tunewise
"""

_ZSH = """#compdef tunewise
# tunewise completion for zsh: put  eval "$(tunewise completion zsh)"  into ~/.zshrc, after compinit
@NAMES@_tunewise() {
    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} said=""
    if [[ $cur == *=* ]]; then prev="--${${cur%%=*}#--}"; compset -P '*='; cur=""; fi
    if (( CURRENT == 2 )) && [[ $cur != -* ]]; then said="@VERBS@"
    elif [[ $prev == --trust ]]; then said=$(_tunewise_names sources)
    elif [[ $prev == --format ]]; then said="table csv json"
    elif [[ $prev == (-s|--situation|--save-situation) ]]; then _files; return
    elif [[ $prev == --?* ]]; then said=$(_tunewise_names "${prev#--}s"); fi
    if [[ -z $said && $cur == -* ]]; then said=$(_tunewise_options)
    elif [[ -z $said ]]; then said=$(_tunewise_after "${words[2]}"); _files; fi
    compadd -- ${=said}
}
compdef _tunewise tunewise
"""

_FISH = """# tunewise completion for fish: tunewise completion fish > ~/.config/fish/completions/tunewise.fish
function __tunewise_names
    tunewise ls $argv 2>/dev/null | tail -n +2 | cut -f1 | string match -r '^[A-Za-z0-9][A-Za-z0-9._-]*$'
end
function __tunewise_after
    switch (commandline -opc)[2]
        case ls
            __tunewise_names; printf '%s\\n' inputs rules
        case show
            __tunewise_names techniques; __tunewise_names models; __tunewise_names gpus
        case diagnose
            __tunewise_names symptoms
        case checklist
            printf '%s\\n' before planning evaluation after
        case completion
            printf '%s\\n' @SHELLS@
        case new
            printf '%s\\n' technique model gpu source claim
        case export
            printf '%s\\n' turtle json-ld n-triples n-quads trig
        case @OF_TECHNIQUES_FISH@
            __tunewise_names techniques
    end
end
function __tunewise_options
    tunewise --help 2>/dev/null | grep -oE -e '--[a-z][a-z-]+'
    __tunewise_names inputs | tr _ - | sed 's/^/--/'
end
complete -c tunewise -n __fish_use_subcommand -f -a '@VERBS@'
complete -c tunewise -n 'not __fish_use_subcommand' -a '(__tunewise_after)'
complete -c tunewise -n 'string match -q -- "-*" (commandline -ct)' -a '(__tunewise_options)'
complete -c tunewise -l trust -x -a '(__tunewise_names sources)'
complete -c tunewise -l format -x -a 'table csv json'
for kind in gpu model goal task symptom platform
    complete -c tunewise -l $kind -x -a "(__tunewise_names $kind""s)"
end
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
_OF_TECHNIQUES = ("why", "why-not", "what-if", "how-far", "who-says", "compare", "estimate", "settings", "recipe")


def script(shell: str, verbs: list[str]) -> str:
    """The script of a shell; verbs are all the program has. InputError for a shell that is none of the three."""
    if shell not in _SCRIPTS:
        raise InputError(f"{f'No completion for {shell!r}.' if shell else 'completion wants a shell.'} Shells: {', '.join(_SCRIPTS)}. Example: tunewise completion bash")
    words = {"NAMES": _NAMES, "VERBS": " ".join(verbs), "SHELLS": " ".join(_SCRIPTS),
             "OF_TECHNIQUES": "|".join(_OF_TECHNIQUES), "OF_TECHNIQUES_FISH": " ".join(_OF_TECHNIQUES)}
    text = _SCRIPTS[shell]
    for name, said in words.items():
        text = text.replace(f"@{name}@", said)
    return text
