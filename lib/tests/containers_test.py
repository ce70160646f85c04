#!/usr/bin/env python3
"""containers_test.py LIBRARY INCLUDE BUILD_FOLDER [PART_OF_A_FILE'S_NAME...]

Runs the C++ library's own tests of containers, allocators and memory resources on our memory. Debian's
gcc-12-source has them; they are unpacked into the build folder and compiled as they are, with
lib/tests/containers/prefix.h before them, so that
  std::allocator<T> and allocators that tests name are a DomainAllocator<T>, in all containers;
  pmr's default and new_delete resources are a DomainResource, and in a second run an EpochResource, and
  the resource that the tests bring along takes its memory from that.
An EpochAllocator cannot be put in: it is never made out of nothing, as these tests make theirs.
A test fails when it does not compile, its own assertions do not hold, something still lives at its end
that it allocated, or what a container was given or gave back was not the allocator's or not aligned. One that never allocated is not
counted. Which files are tried is in TRIED, which of them cannot be, and why, in LEFT_OUT.
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import time

LIBRARY, INCLUDE, BUILD = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
PARTS = sys.argv[4:]
HERE = pathlib.Path(__file__).resolve().parent / "containers"
TARBALL = pathlib.Path("/usr/src/gcc-12/gcc-12.2.0-dfsg.tar.xz")
LIMIT_SEC = 60

# Tests of allocators and of containers that are given one, and all that speak of pmr.
FOLDERS = ("20_util", "21_strings", "23_containers", "experimental")
TRIED = re.compile(r"/(\w*allocator\w*|allocate_shared|\w*_resource)/")
SPEAKS_OF_PMR = re.compile(r"\bpmr::")
# What a test says of itself, first match first.
LEFT_OUT = (
    ("it only compiles", re.compile(r"dg-do\s+(compile|link|assemble|preprocess)|dg-error")),
    ("for C++ before 17, or after 20",
     re.compile(r"-std=(gnu|c)\+\+(98|03|0x|11|1y|14|2b|23)|c\+\+(98|11|14)_only|c\+\+(11|14)_down")),
    ("it replaces or counts the global operator new",
     re.compile(r"replacement_memory_operators|testsuite_new_operators|^\s*void\s*\*?\s*operator\s+(new|delete)", re.M)),
    ("it sets a mode before the first header", re.compile(r"no_pch|^#\s*define\s+_GLIBCXX|-D_GLIBCXX", re.M)),
    ("it is for other targets", re.compile(r"dg-xfail|dg-require-effective-target (?!c\+\+1[17]|c\+\+2|pthread|hosted|cxx11[_-]abi)"
                                           r"|dg-require-(?!effective-target|gthreads|cstdint|thread-fence)")),
)
THREADS = re.compile(r"std::j?thread|pthread_create|std::async")


def unpack():
    """The folder of their tests."""
    folder = BUILD / "their_tests"
    done = folder / "unpacked"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with tarfile.open(TARBALL) as tar:
            for member in tar:
                name = re.match(r"[^/]+/libstdc\+\+-v3/testsuite/(.+)", member.name)
                if member.isfile() and name:
                    target = folder / name[1]
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(tar.extractfile(member).read())
        done.touch()
    return folder


def chosen(folder):
    """Files to run with their texts, and how many are left out for which reason."""
    files, left_out = [], collections.Counter()
    for path in sorted(path for part in FOLDERS for path in (folder / part).rglob("*.cc")):
        name = str(path.relative_to(folder))
        text = path.read_text(encoding="utf-8", errors="replace")
        if not (TRIED.search(name) or SPEAKS_OF_PMR.search(text)) or "main(" not in text:
            continue
        reason = next((reason for reason, pattern in LEFT_OUT if pattern.search(text)), None)
        if reason is not None:
            left_out[reason] += 1
        elif not PARTS or any(part in name for part in PARTS):
            files.append((name, text))
    return files, left_out


def call(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=LIMIT_SEC, check=False, **more)


class Compiler:
    """Each language has the prefix compiled beforehand."""

    def __init__(self, theirs, work):
        self.work, self.ready = work, set()
        self.flags = [f"-I{HERE}", f"-I{INCLUDE}", f"-I{theirs / 'util'}", "-D_GLIBCXX_EXTERN_TEMPLATE=0", "-w", "-pthread"]
        self.must(["g++", "-std=gnu++17", "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}", "-c", HERE / "memory.cc",
                   "-o", work / "memory.o"])
        self.objects = [work / "memory.o"]
        for name in ("testsuite_allocator", "testsuite_hooks"):
            self.objects.append(work / f"{name}.o")
            self.must(["g++", "-std=gnu++17", *self.flags, "-c", theirs / "util" / f"{name}.cc", "-o", self.objects[-1]])

    def must(self, command):
        done = call(command)
        if done.returncode != 0:
            sys.exit(f"{done.args}\n{done.stdout[:4000]}")

    def compile(self, source, text, program):
        options = " ".join(re.findall(r'dg-(?:additional-)?options "([^"]*)"', text)).split()
        language = next((option for option in options if option.startswith("-std=")), "-std=gnu++17")
        prefix = self.work / language.strip("-=+").replace("=", "_") / "prefix.h"
        if language not in self.ready:
            prefix.parent.mkdir(exist_ok=True)
            shutil.copy(HERE / "prefix.h", prefix)
            self.must(["g++", language, *self.flags, "-x", "c++-header", prefix, "-o", f"{prefix}.gch"])
            self.ready.add(language)
        others = [option for option in options if option.startswith("-f")]
        return call(["g++", language, *others, *self.flags, "-include", prefix, source, *self.objects, LIBRARY,
                     f"-Wl,-rpath,{LIBRARY.parent}", "-o", program])


def run(program, work, memory):
    """Why it failed, or None, and how much it allocated."""
    counts = work / "counts"
    counts.unlink(missing_ok=True)
    try:
        done = call([program], cwd=work,
                    env=dict(os.environ, TEMPORAL_SLAB_TEST_MEMORY=memory, TEMPORAL_SLAB_TEST_COUNTS=str(counts)))
    except subprocess.TimeoutExpired:
        return f"not done within {LIMIT_SEC} s", 0
    if done.returncode != 0 or not counts.exists():
        return f"exit code {done.returncode}\n{done.stdout[-2000:]}", 0
    allocated, live, wrong = map(int, counts.read_text(encoding="ascii").split())
    if live != 0 or wrong != 0:
        return f"of {allocated} objects {live} live at the end, {wrong} times not ours, or not aligned", allocated
    return None, allocated


def main():
    if not TARBALL.exists():
        sys.exit(f"{TARBALL} is missing: ci/setup installs gcc-12-source")
    begun = time.monotonic()
    theirs = unpack()
    work = BUILD / "their_tests_run"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    files, left_out = chosen(theirs)
    compiler = Compiler(theirs, work)
    ran, idle, objects, failed = collections.Counter(), 0, 0, []
    for name, text in files:
        program = work / "program"
        done = compiler.compile(theirs / name, text, program)
        if done.returncode != 0:
            failed.append(name)
            errors = [line for line in done.stdout.splitlines() if "error" in line or "undefined" in line]
            print(f"{name}: does not compile\n" + "\n".join(errors[:5]))
            continue
        threads, pmr = THREADS.search(text) is not None, SPEAKS_OF_PMR.search(text) is not None
        # A thread that is in no domain has no memory of one; only an EpochResource serves it.
        if threads and not pmr:
            left_out["its threads are in no domain"] += 1
            continue
        for memory in (["domain"] if not threads else []) + (["epoch"] if pmr else []):
            why, allocated = run(program, work, memory)
            if why is not None:
                failed.append(f"{name} ({memory})")
                print(f"{name} ({memory}): {why}")
            elif allocated == 0:
                idle += 1
            else:
                ran[memory] += 1
                objects += allocated
    for reason, count in left_out.most_common():
        print(f"left out: {count}: {reason}")
    print(f"ran in a domain: {ran['domain']}, on an EpochResource: {ran['epoch']}; {objects} objects; "
          f"{idle} allocated nothing; {len(failed)} failed; {time.monotonic() - begun:.0f} s")
    if failed:
        sys.exit(f"FAILED: {failed}")
    if not PARTS and (ran["domain"] < 120 or ran["epoch"] < 20):
        sys.exit("FAILED: fewer tests than there are in Debian 12's package: the rules find them no more")


main()
