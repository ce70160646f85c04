# shellcheck shell=bash
# Sourced first by the scripts of this folder: --help prints the comment that a script begins with,
# and does nothing else.
for argument in "$@"; do
  if [ "$argument" = --help ] || [ "$argument" = -h ]; then
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 0
  fi
done

takes_no_arguments() {  # takes_no_arguments "$@"
  [ $# -eq 0 ] && return
  echo "${0##*/}: takes no argument, not '$1' (allowed: --help)" >&2
  exit 2
}
