# bash completion of tslab, printed by `tslab completion bash`.
_tslab() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command= words= i what=epochs
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --classes) what=classes ;;
    -*) ;;
    *)
      case ${COMP_WORDS[i-1]} in
      --by|--n|--watch|--pid|--name|--input|--age|--slow-path|--abandoned-refs|--advances-held|--underflows|--stale-releases|--madvise-failures|--bad-frees|--pinned-slabs|--since|--interval|--count|--fail-on|--output|--sort|--prefix|--series|--label|--listen|-o) ;;
      *) [ -n "$command" ] || command=${COMP_WORDS[i]} ;;
      esac ;;
    esac
  done
  case $previous in
  --by)
    if [ $what = classes ]; then words='slow_path_hits new_slab_count madvise_bytes net_slabs live_bytes'
    else words='rss_bytes age_sec refcount reclaimable_bytes live_objects'; fi ;;
  --sort) words='live_bytes slab_bytes rss_bytes epochs_in_use references oldest_reference_sec findings' ;;
  --pid) words=$(tslab ps 2> /dev/null | awk '$1 ~ /^[0-9.]+$/ { print $1 }') ;;
  --input|--since|--output|-o) mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return ;;
  --by|--n|--watch|--pid|--name|--input|--age|--slow-path|--abandoned-refs|--advances-held|--underflows|--stale-releases|--madvise-failures|--bad-frees|--pinned-slabs|--since|--interval|--count|--fail-on|--output|--sort|--prefix|--series|--label|--listen) return ;;
  *)
    case $command in
    '') words='ps stats top watch doctor diff record report export serve validate completion manual --help --version' ;;
    ps) words='--sort --watch --age --reap --help' ;;
    stats) words='--json --pid --name --input --stdin --help' ;;
    top) words='--epochs --classes --by --n --asc --desc --watch --all --pid --name --input --stdin --help' ;;
    watch) words='--interval --count --pid --name --input --help' ;;
    doctor) words='--age --slow-path --abandoned-refs --advances-held --underflows --stale-releases --madvise-failures --bad-frees --pinned-slabs --since --json --all --pid --name --input --stdin --help' ;;
    diff) words='--fail-on --age --help' ;;
    record) words='--interval --count --output --pid --name --help' ;;
    report) words='--output --age --help' ;;
    export) words='--prefix --label --series --age --output --pid --name --input --stdin --help' ;;
    serve) words='--listen --age --prefix --series --help' ;;
    validate) words='--help' ;;
    completion) words='--help' ;;
    manual) words='--help' ;;
    esac
    [ "$command" != completion ] || words+=' bash' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  case $command in
  diff|report|validate) [[ $current == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  esac
}
complete -o filenames -F _tslab tslab
