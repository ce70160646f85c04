#!/usr/bin/env python3
"""programs_test.py LIBRARY TSLAB: real programs of Debian, with the library beneath their malloc and without.
Their output, their files and their exit codes must be the same, to the byte. Of a server that runs, tslab
shows epochs that turn."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

LIBRARY, TSLAB = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:])
LIMIT_SEC = 100
REDIS = ["redis-server", "--save", "", "--appendonly", "no", "--daemonize", "no"]

PYTHON_TESTS = ("test_dict", "test_list", "test_re", "test_json", "test_bytes", "test_set", "test_threading_local")

PERL = r"""
my %count; for my $i (1 .. 200000) { $count{$i % 7919} .= chr(65 + $i % 26); }
my $sum = 0; $sum += length($count{$_}) * $_ for sort { $a <=> $b } keys %count;
my @sorted = sort map { scalar reverse $_ } values %count; print "$sum $sorted[0] $sorted[-1]\n";
"""
SQL = """
create table t(a integer primary key, b text, c real); create index i on t(b);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 60000)
  insert into t select x, hex(x * 7919) || substr('abcdefghijkl', x % 12), x / 3.0 from n;
update t set b = b || b where a % 3 = 0; delete from t where a % 5 = 0;
select count(*), sum(length(b)), round(total(c), 3), max(b) from t; pragma integrity_check;
"""
GIT = r"""
set -e; git init -q -b main .; git config user.email a@b; git config user.name n
export GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' GIT_COMMITTER_DATE='2026-01-01T00:00:00Z'
for i in 1 2 3 4 5 6 7 8; do seq $((i * 3000)) > "file$i"; git add .; git commit -qm "commit $i"; done
git gc -q --aggressive; git fsck --full; git log --format=%H --stat; git blame file3 | md5sum; git diff HEAD~5 | md5sum
"""
C = r"""
set -e
{ echo '#include <stdio.h>'; for i in $(seq 400); do
    echo "static int f$i(int x) { switch (x % 7) { case 0: return x * $i; case 1: return x ^ $i; default: return f_(x + $i); } }"
  done; } | sed 's/f_(x/(x/' > p.c
echo 'int main(void) { long s = 0;' >> p.c; for i in $(seq 400); do echo "s += f$i($i);" >> p.c; done
echo 'printf("%ld\n", s); return 0; }' >> p.c
gcc -O2 -c p.c -o p.o; md5sum < p.o; gcc p.o -o p; ./p
"""
PROGRAMS = {
    "python3": ["/usr/bin/python3", "-c",
                "import json,re,random; random.seed(1); d={str(random.random()):[i]*(i%50) for i in range(40000)};"
                "t=json.dumps(d,sort_keys=True); print(len(t), hash(tuple(sorted(map(len,json.loads(t).values())))),"
                "len(re.sub('[1-3]+','x',t)))"],
    "python3 tests": ["/usr/bin/python3", "-m", "test", "-q", *PYTHON_TESTS],
    "perl": ["perl", "-e", PERL],
    "sqlite3": ["sqlite3", ":memory:", SQL],
    "git": ["bash", "-c", GIT],
    "gcc": ["bash", "-c", C],
    "sort": ["bash", "-c", "seq 1 300000 | sort -R --random-source=/usr/bin/python3 | sort --parallel=2 -S 20M | md5sum"],
    "xz": ["bash", "-c", "seq 1 200000 | xz -T2 -6 | xz -d | md5sum"],
}
# Times, and places of the run.
OF_THE_RUN = re.compile(r"[0-9.]+ (ms|sec|min)\b|/tmp/\S+|Total duration.*|== .*|load avg: [0-9.]+")


def environment(folder, preload):
    chosen = dict(os.environ, LC_ALL="C.UTF-8", PYTHONHASHSEED="0", HOME=str(folder), TEMPORAL_SLAB_TURN_MS="20",
                  TEMPORAL_SLAB_RUNTIME_DIR=str(folder / "run"))
    if preload:
        chosen["LD_PRELOAD"] = LIBRARY
    return chosen


def run(arguments, preload):
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        (folder / "run").mkdir()
        (folder / "here").mkdir()
        done = subprocess.run(arguments, cwd=folder / "here", env=environment(folder, preload), text=True,
                              capture_output=True, timeout=LIMIT_SEC, check=False)
        return done.returncode, OF_THE_RUN.sub("", done.stdout), OF_THE_RUN.sub("", done.stderr)


def compare_programs():
    failed = []
    for name, arguments in PROGRAMS.items():
        begun = time.monotonic()
        without, with_it = run(arguments, False), run(arguments, True)
        if without[0] != 0 or with_it != without:
            failed.append(name)
            print(f"{name}: without {without}\n{name}: with {with_it}")
        else:
            print(f"{name}: the same, {time.monotonic() - begun:.1f} s")
    return failed


def free_port():
    with contextlib.closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def server():
    """redis under its own benchmark, seen by tslab meanwhile."""
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        (folder / "run").mkdir()
        port = str(free_port())
        redis = subprocess.Popen([*REDIS, "--port", port], cwd=folder, env=environment(folder, True),
                                 stdout=subprocess.DEVNULL)
        try:
            client = ["redis-cli", "-p", port]
            end = time.monotonic() + LIMIT_SEC
            while subprocess.run([*client, "ping"], capture_output=True, check=False).stdout != b"PONG\n":
                assert redis.poll() is None and time.monotonic() < end, "redis-server does not answer"
            subprocess.run(["redis-benchmark", "-p", port, "-q", "-n", "20000", "-r", "5000", "-d", "200", "-P", "16",
                            "-t", "set,get,lpush,hset"], check=True, stdout=subprocess.DEVNULL, timeout=LIMIT_SEC)
            for i in range(50):
                subprocess.run([*client, "set", f"own:{i}", "v" * i * 100], check=True, stdout=subprocess.DEVNULL)
            for i in range(50):
                got = subprocess.run([*client, "get", f"own:{i}"], check=True, capture_output=True, text=True).stdout
                assert got.rstrip("\n") == "v" * i * 100, i
            seen = json.loads(subprocess.run([TSLAB, "stats", "--json", "--pid", str(redis.pid)], check=True,
                                             env=environment(folder, False), capture_output=True).stdout)
            assert seen["process"] == "redis-server" and seen["allocator"] == "malloc", seen
            assert sum(row["allocs"] for row in seen["classes"]) > 10000
            labels = [row["label"] for row in seen["epochs"] if row["label"]]
            assert len(labels) > 2 and all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", label) for label in labels)
            assert max(row["epoch_era"] for row in seen["epochs"]) >= 3, "its epochs turn"
            subprocess.run([*client, "shutdown", "nosave"], check=False, capture_output=True)
            assert redis.wait(timeout=LIMIT_SEC) == 0
        finally:
            redis.kill()
            redis.wait()
    print("redis-server: every answer right, its epochs turn")


def main():
    missing = [name for name in ("perl", "sqlite3", "git", "gcc", "xz", "redis-server", "redis-benchmark")
               if shutil.which(name) is None]
    if missing:
        sys.exit(f"not installed: {missing} (ci/setup does it)")
    failed = compare_programs()
    server()
    sys.exit(f"FAILED: {failed}" if failed else 0)


main()
