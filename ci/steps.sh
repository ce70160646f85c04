# Sourced by the entry points of this folder: named steps with elapsed time, and one closing line.
# On a terminal a step shows its output as it comes; in a pipe it is silent unless it fails.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
logs=build/logs
current_step=start
tests_run=0
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
    echo "$entry: PASSED in $(elapsed) ($tests_run tests)"
  else
    echo "$entry: FAILED at $current_step: exit $code after $(elapsed)"
  fi
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
      tail -n 300 "$log"
      return "$code"
    }
  fi
}

build() {  # build <preset> [target...]: configured anew, on all cores
  local preset=$1
  shift
  step "$preset: configure" cmake --preset "$preset"
  step "$preset: build" cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}
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
}
