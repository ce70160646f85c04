#!/usr/bin/env python3
"""references_cost_test.py PROGRAM

Counts what PROGRAM (references_cost) does for a reference of the thread's own, instruction by
instruction under callgrind: no call, no locked instruction and no fence, and how many loads and
stores. Prints them, and exits 1 if they are more than they were.
"""

import re
import subprocess
import sys
import tempfile

PAIRS = 1000
# Of one pair, whatever the compiler: memory written, and instructions at most.
FUNCTIONS = {"inc_dec_pairs": (4, 60), "acquire_release_pairs": (4, 90)}
LOCKED = re.compile(r"\b(lock|xchg|mfence|sfence|lfence|syscall)\b")
STORE = re.compile(r"^(mov|add|sub)\w* +.*, *-?(0x[0-9a-f]+)?\(%r\w+(,%r\w+(,\d)?)?\)$")
LOAD = re.compile(r"^(mov|cmp|add|sub|xor)\w* +(\$\w+,)?-?(0x[0-9a-f]+)?\(%r\w+")


def executed(program, function):
    """Addresses of the instructions that every pair executes, in their order, and the calls."""
    with tempfile.NamedTemporaryFile("r", suffix=".callgrind") as out:
        subprocess.run(["valgrind", "-q", "--tool=callgrind", "--dump-instr=yes", "--compress-pos=no",
                        "--compress-strings=no", f"--toggle-collect={function}*",
                        f"--callgrind-out-file={out.name}", program, "--count", str(PAIRS)], check=True)
        text = out.read()
    counts = {}
    calls = 0
    lines = iter(text.splitlines())
    for line in lines:
        call = re.match(r"calls=(\d+)", line)
        if call:
            calls += int(call[1]) if int(call[1]) >= PAIRS // 2 else 0
            next(lines)
            continue
        cost = re.match(r"0x([0-9a-f]+) \d+ (\d+)$", line)
        if cost:
            counts[int(cost[1], 16)] = counts.get(int(cost[1], 16), 0) + int(cost[2])
    return [address for address, count in sorted(counts.items()) if count >= PAIRS // 2], calls


def main():
    program = sys.argv[1]
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", program], check=True,
                          capture_output=True, text=True).stdout
    instructions = {int(at, 16): what.split("#")[0].strip() for at, what in
                    re.findall(r"^ +([0-9a-f]+):\t(.*)$", code, re.MULTILINE)}
    failed = False
    for function, (most_stores, most) in FUNCTIONS.items():
        addresses, calls = executed(program, function)
        made = [instructions[address] for address in addresses]
        locked = [what for what in made if LOCKED.search(what)]
        stores = [what for what in made if STORE.match(what)]
        loads = [what for what in made if LOAD.match(what) and what not in stores]
        print(f"{function}: {len(made)} instructions, {len(loads)} loads, {len(stores)} stores, "
              f"{len(locked)} locked, {calls} calls")
        if not made or locked or calls or len(stores) != most_stores or len(made) > most:
            print("\n".join(made))
            failed = True
    sys.exit(1 if failed else 0)


main()
