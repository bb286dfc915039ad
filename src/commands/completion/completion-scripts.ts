/**
 * The shells' side of completion: each script hands the words up to the cursor to `stackctl __complete`, which knows
 * the command table and the names that exist, and shows what comes back. So a script never goes out of date.
 */
const SCRIPTS = {
  // bash 3.2 (macOS) has neither compopt nor negative indices. bash also splits words at `=`; they are joined again, and
  // of a candidate only what follows the last `=` is put in.
  bash: `# stackctl completion for bash
_stackctl() {
  local word value description last words=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    last=$((\${#words[@]} - 1))
    if [[ $last -ge 0 && ( $word == '=' || \${words[last]} == --*= ) ]]; then
      words[last]="\${words[last]}$word"
    else
      words+=("$word")
    fi
  done
  last=$((\${#words[@]} - 1))
  local current=\${words[last]} prefix=
  [[ $current == *=* ]] && prefix=\${current%=*}=
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :files ]]; then
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "\${current#"$prefix"}")
      compopt -o filenames 2>/dev/null
      return 0
    fi
    [[ $value == *= ]] && compopt -o nospace 2>/dev/null
    COMPREPLY+=("\${value#"$prefix"}")
  done < <("$1" __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _stackctl stackctl
`,
  zsh: `#compdef stackctl
# stackctl completion for zsh
_stackctl() {
  local value description
  local -a candidates
  while IFS=$'\\t' read -r value description; do
    if [[ $value == :files ]]; then
      _files
      return
    fi
    candidates+=("\${value//:/\\\\:}:$description")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe -t values stackctl candidates
}
if [[ \${funcstack[1]} == _stackctl ]]; then
  _stackctl "$@"
else
  compdef _stackctl stackctl
fi
`,
  fish: `# stackctl completion for fish
function __stackctl_complete
  set -l words (commandline -opc)
  set -l command $words[1]
  set -e words[1]
  set -l current (commandline -ct)
  set -l found ($command __complete -- $words "$current" 2>/dev/null)
  if test "$found[1]" = :files
    __fish_complete_path "$current"
  else
    printf '%s\\n' $found
  end
end
complete -c stackctl -f -a '(__stackctl_complete)'
`,
} as const;

export type Shell = keyof typeof SCRIPTS;

export const SHELLS = Object.keys(SCRIPTS) as readonly Shell[];

/** The script to source. @param shell one of `SHELLS`. */
export function completionScript(shell: string): string {
  return SCRIPTS[shell as Shell];
}
