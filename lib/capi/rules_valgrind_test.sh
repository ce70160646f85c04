#!/bin/bash
# rules_valgrind_test.sh PROGRAM
#
# Runs the program under Valgrind: each misuse of a slot is reported, and a program
# that does nothing wrong gives no report, no leak either.
# R-2.1-9
set -euo pipefail
program=$1
failed=0

memcheck() {
  valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=all \
    --errors-for-leak-kinds=all "$program" "$1" 2>&1
}

if report=$(memcheck clean) && [[ -z $report ]]; then
  echo "clean: silent"
else
  echo "clean: reported, and should be silent:"
  echo "$report"
  failed=1
fi

expect() { # MISUSE REPORT
  local status=0 report
  report=$(memcheck "$1") || status=$?
  if [[ $status -eq 99 && $report == *"$2"* ]]; then
    echo "$1: reported"
  else
    echo "$1: exit $status, expected 99 and \"$2\":"
    echo "$report"
    failed=1
  fi
}

expect read-after-free "Invalid read of size 1"
expect read-after-free "inside a block of size 64 free'd"
expect write-after-free "Invalid write of size 1"
expect read-after-discard "Invalid read of size 1"
expect write-past-the-end "Invalid write of size 1"
exit $failed
