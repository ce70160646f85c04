# Sourced by the entry points of this folder: named steps with elapsed time, and one closing line.
# On a terminal a step shows its output as it comes; in a pipe it is silent unless it fails.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
logs=build/logs
current_step=start
tests_run=0
summary=  # what was done, if it was not tests
entry=$0

begin() {  # begin <name of the entry point>
  entry=$1
  mkdir -p "$logs"
  trap closing_line EXIT
}

elapsed() { echo "$((SECONDS / 60))m$(printf %02d $((SECONDS % 60)))s"; }

closing_line() {
  local code=$?
  if [ "$code" -eq 0 ]; then
    echo "$entry: PASSED in $(elapsed) (${summary:-$tests_run tests})"
  else
    echo "$entry: FAILED at $current_step: exit $code after $(elapsed)${log:+; log: $log}"
  fi
}

covers() { echo "        covers: $1"; }  # covers <what the step that just went well is for>

covers_labels() {  # covers_labels <log of ctest>: by what its tests are of
  local label
  for label in $(sed -n '/^Label Time Summary:/,/^$/s/^\([a-z0-9-]*\) *= .*/\1/p' "$1"); do
    case $label in
      unit) covers "unit: each part on its own; form, layers and rules of the sources" ;;
      golden) covers "golden: every output byte by byte; the generated files" ;;
      property) covers "property: random programs of calls against the model" ;;
      schedule) covers "schedule: small scenarios under every interleaving and weak memory" ;;
      stress) covers "stress: threads at full speed, all figures audited" ;;
      fuzz) covers "fuzz: what the fuzzers start from" ;;
      fault) covers "fault: each call to the system fails once; kills, forks, lost membarrier" ;;
      e2e) covers "e2e: built programs, installed packages, terminals, Prometheus" ;;
      package) covers "package: a host project with flags of its own; the C++ library's own tests; fuzz targets with both engines" ;;
      mutant) covers "mutant: the checks notice faults that are put in on purpose" ;;
      bench-smoke) covers "bench-smoke: the benchmarks run; the instructions of the hot paths" ;;
      threads) ;;  # of those above, what starts threads
      *) covers "$label" ;;
    esac
  done
}

# Of each test that failed, by ctest's log, the last of what it said: where only the end of the
# output is kept, it is all that is known of why.
why_tests_failed() {  # why_tests_failed <log>
  awk -v most="${TEMPORAL_SLAB_REASON_LINES:-8}" '
    function told(i) {
      if (!failed) return
      print title
      for (i = lines > most ? lines - most : 0; i < lines; ++i) print "    " line[i]
    }
    /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / || /^ *Start +[0-9]+: / || /% tests passed/ {
      told()
      failed = 0
    }
    /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: .*\*\*\*/ {
      failed = 1
      title = $4 ": " substr($0, index($0, "***") + 3)
      lines = 0
      next
    }
    failed && NF { line[lines++] = $0 }
  ' "$1"
}

step() {  # step <title> <command...>
  current_step=$1
  shift
  echo "[$(elapsed)] $current_step"
  log=$logs/${current_step//[^a-z0-9-]/_}.log
  if [ -t 1 ]; then
    "$@" 2>&1 | tee "$log"
  else
    "$@" > "$log" 2>&1 || {
      local code=$?
      tail -n "${TEMPORAL_SLAB_TAIL:-300}" "$log"
      why_tests_failed "$log"
      return "$code"
    }
  fi
}

build() {  # build <preset> [target...]: configured anew, on all cores
  local preset=$1
  shift
  step "$preset: configure" cmake --preset "$preset"
  step "$preset: build" cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
  covers "${*:-everything} compiles without a warning in the preset $preset"
}

# Sanitizers' shadow memory does not get on with the widest address randomisation of new kernels.
fixed_addresses=()
setarch "$(uname -m)" -R true 2> /dev/null && fixed_addresses=(setarch "$(uname -m)" -R)

tests() {  # tests <preset> <ctest arguments...>: in parallel on all cores
  local preset=$1
  shift
  step "$preset: ctest $*" "${fixed_addresses[@]}" \
    ctest --preset "$preset" --parallel "$(nproc)" "$@"
  [ -t 1 ] || sed -n '/% tests passed/,$p' "$log"
  local number
  number=$(sed -n 's/.*tests passed.* out of \([0-9]*\)$/\1/p' "$log")
  tests_run=$((tests_run + number))
  covers_labels "$log"
}
