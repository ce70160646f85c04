#!/usr/bin/env python3
"""doc_test.py BUILD_FOLDER PAGE...

Does what pages of documentation tell the reader to do, with the installed package, and compares
what comes of it with what they show. In a page
  ```cpp lib/x/y.cc    is pieces of a file of the sources, with a line "..." between each two
  ```c server.c        is a file that the reader writes; its language is c, cpp, cmake, ini or sh
  ```c                 is a fragment of C: the body of a main that says nothing and returns 0
  ```console           is what a terminal shows: commands after "$ ", and under each its output
  ```text              is nothing to try
A page is one shell in one empty folder, from the top to the end. Process and thread numbers, times
in seconds and the folder of segments are another's in each run: they are compared as things of that
kind. All other output must be as it is shown, to the byte.
"""

import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import tempfile

LIMIT_SEC = 60
SOURCES = pathlib.Path(__file__).resolve().parents[2]
LANGUAGES = ("c", "cpp", "cmake", "ini", "sh")
# What is another's in each run, and what stands for it.
OF_THE_RUN = (
    (re.compile(r"\btid [0-9]+"), "tid TID"),
    (re.compile(r"\b(process|removed|pid) [0-9]+"), r"\1 PID"),
    (re.compile(r"\S+/temporal-slab-[0-9]+/[0-9]+\."), "FOLDER/PID."),
    (re.compile(r"^\[[0-9]+\] [0-9]+$"), "[JOB] PID"),
    (re.compile(r"^PID +NAME\b"), "PID NAME"),  # as wide as the number below
    (re.compile(r"^[0-9]{2,7}( +\S+ +\S+ +)[0-9]+s( +)"), r"PID\1SECONDS\2"),
    (re.compile(r"\b[0-9]+(\.[0-9]+)?s\b *"), "SECONDS "),
    (re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"), "TIME"),
    (re.compile(r"\b(for|of) [0-9]+ seconds?\b"), r"\1 SECONDS"),
)


class Wrong(Exception):
    pass


def plain(line):
    for pattern, stands in OF_THE_RUN:
        line = pattern.sub(stands, line)
    return line.rstrip()


def blocks(page):
    """Each fenced block: its line, its language, its file's name or "", its lines."""
    begun = None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"```(\S*) ?(\S*)$", line)
        if fence is None:
            if begun is not None:
                begun[3].append(line)
        elif begun is not None:
            if line != "```":
                raise Wrong(f"{page}:{number}: a block begins within the block of line {begun[0]}")
            yield begun
            begun = None
        else:
            begun = (number, fence[1], fence[2], [])
    if begun is not None:
        raise Wrong(f"{page}:{begun[0]}: the block does not end")


def check_pieces(page, number, name, lines):
    """Each piece stands in the source as it stands here."""
    source = "\n" + (SOURCES / name).read_text(encoding="utf-8")
    for piece in re.split(r"^ *\.\.\.$", "\n".join(lines), flags=re.MULTILINE):
        if piece.strip() == "" or "\n" + piece.strip("\n") + "\n" not in source:
            raise Wrong(f"{page}:{number}: this is not in {name}:\n{piece}")


def whole_program(fragment):
    includes = [line for line in fragment if line.startswith("#include")]
    body = [line for line in fragment if not line.startswith("#include")]
    return "\n".join([*includes, "int main(void) {", *body, "return 0; }", ""])


def flags(environment):
    return subprocess.run(["pkg-config", "--cflags", "--libs", "temporal_slab"], env=environment, check=True,
                          capture_output=True, text=True).stdout.split()


def try_fragment(page, number, fragment, folder, environment):
    source, program = folder / "fragment.c", folder / "fragment"
    source.write_text(whole_program(fragment), encoding="utf-8")
    for command in (["gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", source, "-o", program,
                     *flags(environment)], [program]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False,
                              timeout=LIMIT_SEC)
        if done.returncode != 0 or done.stdout + done.stderr != "":
            raise Wrong(f"{page}:{number}: the fragment: {done.returncode}\n{done.stdout}{done.stderr}")


class Shell:
    """One bash, which is told a command at a time."""

    def __init__(self, folder, environment):
        self.said = open(folder.parent / "said", "w+b")
        self.ended, ended = os.pipe()
        self.bash = subprocess.Popen(["bash", "--norc"], cwd=folder, env=dict(environment, ENDED=str(ended)),
                                     stdin=subprocess.PIPE, stdout=self.said, stderr=subprocess.STDOUT,
                                     pass_fds=[ended], start_new_session=True)
        os.close(ended)
        self.do("set -m")

    def do(self, command):
        """The lines that it prints, and those of what runs in the background meanwhile."""
        begin = self.said.seek(0, os.SEEK_END)
        self.bash.stdin.write(f"{command}\necho >&$ENDED\n".encode())
        self.bash.stdin.flush()
        if not select.select([self.ended], [], [], LIMIT_SEC)[0] or os.read(self.ended, 1) == b"":
            raise Wrong(f"\"{command}\" did not come to its end within {LIMIT_SEC} s")
        self.said.seek(begin)
        return self.said.read().decode("utf-8", "replace").splitlines()

    def end(self):
        # Its jobs are of its session.
        subprocess.run(["pkill", "-KILL", "-s", str(self.bash.pid)], check=False)
        self.bash.stdin.close()
        self.bash.wait()
        os.close(self.ended)
        self.said.close()


def steps_of(lines):
    """Commands with what is shown under each. A command goes on after a backslash."""
    steps = []
    for line in lines:
        if line.startswith("$ "):
            steps.append([line[2:], []])
        elif steps and steps[-1][0].endswith("\\") and not steps[-1][1]:
            steps[-1][0] += "\n" + line
        elif steps:
            steps[-1][1].append(line)
        else:
            raise Wrong(f"output without a command: {line}")
    return steps


def try_page(page, environment):
    done = 0
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "empty"
        folder.mkdir()
        shell = Shell(folder, environment)
        try:
            for number, language, name, lines in blocks(page):
                if language == "console":
                    for command, shown in steps_of(lines):
                        found = shell.do(command)
                        if [plain(line) for line in found] != [plain(line) for line in shown]:
                            raise Wrong(f"{page}:{number}: after \"{command}\" the page shows\n" +
                                        "\n".join(shown) + "\nand there was\n" + "\n".join(found))
                        done += 1
                elif "/" in name:
                    check_pieces(page, number, name, lines)
                    done += 1
                elif name:
                    if language not in LANGUAGES:
                        raise Wrong(f"{page}:{number}: a file in \"{language}\", allowed are {LANGUAGES}")
                    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
                elif language == "c":
                    try_fragment(page, number, lines, folder.parent, environment)
                    done += 1
                elif language != "text":
                    raise Wrong(f"{page}:{number}: a block in \"{language}\" that nothing tries")
        finally:
            shell.end()
    return done


def main():
    build, *pages = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        prefix = pathlib.Path(work) / "prefix"
        subprocess.run(["cmake", "--install", build, "--prefix", prefix], check=True,
                       stdout=subprocess.DEVNULL)
        library = next(prefix.rglob("temporal_slab.pc")).parents[1]
        runtime = pathlib.Path(work) / "run"
        runtime.mkdir()
        environment = dict(os.environ, PATH=f"{prefix}/bin:{build}/lib/demo:{os.environ['PATH']}", LC_ALL="C.UTF-8",
                           LD_LIBRARY_PATH=str(library), PKG_CONFIG_PATH=str(library / "pkgconfig"),
                           TEMPORAL_SLAB_RUNTIME_DIR=str(runtime))
        for name in ("TEMPORAL_SLAB_PUBLISH", "COLUMNS"):
            environment.pop(name, None)
        failed = 0
        for page in map(pathlib.Path, pages):
            try:
                print(f"{page}: {try_page(page, environment)} steps as shown")
            except Wrong as wrong:
                failed += 1
                print(wrong)
            shutil.rmtree(runtime)
            runtime.mkdir()
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
