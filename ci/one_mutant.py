"""Breaks one source at a time in a copy, builds what a test needs of it anew, and says what fails.

Used by the scripts named mutants.py. The build folder is not changed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]


def run(command, build):
    subprocess.run(command, shell=True, check=True, cwd=build, stdout=subprocess.DEVNULL)


def broken(mutant, build, target, scratch):
    """The program `target` with the mutant. Of a header `also` names the sources that are compiled
    with it."""
    _, name, old, new, *also = mutant
    source = (ROOT / name).read_text(encoding="utf-8")
    if old not in source:
        sys.exit(f"{name} no longer holds: {old}")
    (scratch / name).parent.mkdir(parents=True, exist_ok=True)
    (scratch / name).write_text(source.replace(old, new), encoding="utf-8")
    commands = subprocess.run(["ninja", "-C", build, "-t", "commands", target], check=True,
                              capture_output=True, text=True).stdout.splitlines()
    objects = []
    for path in also or [name]:
        compile_command = next(line for line in commands if f"-c {ROOT / path}" in line)
        made = re.search(r" -o (\S+)", compile_command).group(1)
        objects.append(scratch / (path.replace("/", "_") + ".o"))
        # Includes are looked for in the copy first; the original's folder comes next, by its name.
        command = re.sub(r" -MD -MT \S+ -MF \S+", f" -w -iquote {scratch}/lib -I{scratch}/lib", compile_command)
        if not also:
            command = command.replace(f"-c {ROOT / path}", f"-c {scratch / path} -I{(ROOT / path).parent}")
        run(command.replace(f"-o {made}", f"-o {objects[-1]}"), build)
    link = next(line for line in reversed(commands) if re.search(rf"-o \S*/{target}\b", line))
    linked = re.search(rf"-o (\S*/{target})\b", link).group(1)
    # The objects before the libraries: their symbols are then not looked for in the archives.
    run(link.replace(f"-o {linked}", f"-o {scratch / target} {' '.join(map(str, objects))}"), build)
    return scratch / target


def failures_of(mutant, build, target, arguments, pattern, scratch):
    """Names of the tests of the program `target` that fail with the mutant, by the regular
    expression `pattern`, and all that it printed: with the first of the lists `arguments` with which
    some do."""
    program = broken(mutant, build, target, scratch)
    for some in arguments:
        log = subprocess.run([program, *some], check=False, capture_output=True, text=True)
        failed = sorted(set(re.findall(pattern, log.stdout, re.MULTILINE)))
        # A crash is noticed, too, but by no test in particular.
        if not failed and log.returncode != 0:
            failed = ["(the program ended early)"]
        if failed:
            break
    return failed, log.stdout


def main(mutants, target, arguments, pattern, description):
    """Prints what noticed each of the mutants; exits 1 if one passed every test. `arguments` are those
    of the program, or say for a mutant's text which lists of them to try in turn; `target` is that
    program, or says for a mutant's text which one."""
    lists = arguments if callable(arguments) else lambda _: [arguments]
    target_of = target if callable(target) else lambda _: target
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/dev",
                        help="a folder with a build of the tests (build/dev)")
    parser.add_argument("--only", default="", help="mutants whose text has this; shows what they lead to")
    options = parser.parse_args()
    chosen = [mutant for mutant in mutants if options.only in mutant[0]]
    if not chosen:
        sys.exit(f"no mutant's text has \"{options.only}\"")

    def judge(mutant):
        with tempfile.TemporaryDirectory() as scratch:
            return failures_of(mutant, options.build.resolve(), target_of(mutant[0]), lists(mutant[0]), pattern,
                               pathlib.Path(scratch))

    survivors = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, (failed, log) in zip(chosen, pool.map(judge, chosen)):
            survivors += not failed
            print(f"{mutant[0]}: {' '.join(failed[:4]) or 'NOBODY'}", flush=True)
            if options.only:
                print(log)
    sys.exit(f"{survivors} mutants pass every test" if survivors else 0)
