# stackctl completion for bash
_stackctl() {
  local word value last words=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    last=$((${#words[@]} - 1))
    if [[ $last -ge 0 && ( $word == '=' || ${words[last]} == --*= ) ]]; then
      words[last]="${words[last]}$word"
    else
      words+=("$word")
    fi
  done
  last=$((${#words[@]} - 1))
  local current=${words[last]} prefix=
  [[ $current == *=* ]] && prefix=${current%=*}=
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    if [[ $value == :files ]]; then
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "${current#"$prefix"}")
      compopt -o filenames 2>/dev/null
      return 0
    fi
    [[ $value == *= ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("${value#"$prefix"}")
  done < <("$1" __complete -- "${words[@]}" 2>/dev/null)
}
complete -F _stackctl stackctl
