# stackctl completion for fish
function __stackctl_complete
  set -l words (commandline -opc)
  set -l command $words[1]
  set -e words[1]
  set -l current (commandline -ct)
  set -l found ($command __complete -- $words "$current" 2>/dev/null)
  if test "$found[1]" = :files
    __fish_complete_path "$current"
  else
    printf '%s\n' $found
  end
end
complete -c stackctl -f -a '(__stackctl_complete)'
