#!/bin/bash
# rules_asan_test.sh PROGRAM
#
# Runs the program, which is built with AddressSanitizer: each misuse of a slot is
# reported where it happens, and a program that does nothing wrong gives no report.
# R-2.1-9
set -euo pipefail
program=$1
failed=0
# The status is the sanitizer's own, whatever the environment asks for.
export ASAN_OPTIONS=exitcode=99:abort_on_error=0:detect_leaks=1

if report=$("$program" clean 2>&1) && [[ -z $report ]]; then
  echo "clean: silent"
else
  echo "clean: reported, and should be silent:"
  echo "$report"
  failed=1
fi

expect() { # MISUSE ACCESS
  local status=0 report
  report=$("$program" "$1" 2>&1) || status=$?
  if [[ $status -eq 99 && $report == *"AddressSanitizer: use-after-poison"* &&
    $report == *"$2 of size 1"* && $report == *" in "*misuse* ]]; then
    echo "$1: reported"
  else
    echo "$1: exit $status, expected 99, use-after-poison and \"$2 of size 1\" in misuse:"
    echo "$report"
    failed=1
  fi
}

expect read-after-free READ
expect write-after-free WRITE
expect read-after-discard READ
expect write-past-the-end WRITE
exit $failed
