#compdef stackctl
# stackctl completion for zsh
_stackctl() {
  local value description
  local -a candidates
  while IFS=$'\t' read -r value description; do
    if [[ $value == :files ]]; then
      _files
      return
    fi
    candidates+=("${value//:/\\:}:$description")
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -t values stackctl candidates
}
if [[ ${funcstack[1]} == _stackctl ]]; then
  _stackctl "$@"
else
  compdef _stackctl stackctl
fi
