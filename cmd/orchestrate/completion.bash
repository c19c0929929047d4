# bash completion for orchestrate. What the bash-completion package has and the rest needs is here for shells without it.
if ! declare -F _get_comp_words_by_ref >/dev/null; then
# Sets cur, prev, words and cword, with words in one piece that bash took apart at = and :.
_get_comp_words_by_ref()
{
    local i word rest glued at=0
    words=() cword=0
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        rest=${COMP_LINE:at}
        rest=${rest#"${rest%%[![:space:]]*}"}
        glued=$((i > 0 && ${#COMP_LINE} - ${#rest} == at))
        at=$((${#COMP_LINE} - ${#rest} + ${#word}))
        if ((glued)) && [[ $word == [=:]* || ${words[${#words[@]}-1]} == *[=:] ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        if ((i == COMP_CWORD)); then
            cword=$((${#words[@]} - 1))
            cur=${words[cword]}
            if ((at > COMP_POINT)); then
                cur=${cur:0:${#cur} - (at - COMP_POINT)}
            fi
        fi
    done
    prev=
    if ((cword > 0)); then
        prev=${words[cword-1]}
    fi
}
fi
if ! declare -F __ltrim_colon_completions >/dev/null; then
# Takes from each of COMPREPLY what bash took from the word before a colon.
__ltrim_colon_completions()
{
    if [[ $1 == *:* && $COMP_WORDBREAKS == *:* ]]; then
        local i before=${1%"${1##*:}"}
        for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
            COMPREPLY[i]=${COMPREPLY[i]#"$before"}
        done
    fi
}
fi

