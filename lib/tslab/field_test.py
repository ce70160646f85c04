#!/usr/bin/env python3
"""field_test.py <tslab> <field_program> <field_preload> [<sanitizers>]

Who lives and who is dead, as processes are met in the field: other pid and time namespaces, no
/proc, hidepid, servers that are not dumpable, daemons without descriptors, children of every kind,
exec in place, signals, many dead (R-2.6-5, R-2.6-9, R-2.6-10). What needs root to be real says so
where it is not had.
"""

import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback

tslab, program, preload = (os.path.abspath(path) for path in sys.argv[1:4])
sanitized = "".join(sys.argv[4:]) != ""
LIMIT_SEC = 60
NOBODY = 65534

# stats/segment_layout.h: the publisher stands behind three words.
MARK, PID, FOUND_DEAD = 24, 32, 24 + 11 * 8


def check(holds, *what):
    if not holds:
        raise AssertionError(" ".join(map(str, what)))


class Field:
    """A runtime folder, and who publishes in it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="field-test-", dir="/dev/shm")
        os.chmod(self.folder, 0o1777)
        self.children = []
        self.environment = dict(os.environ, TEMPORAL_SLAB_RUNTIME_DIR=self.folder)

    def end(self):
        for child in self.children:
            child.kill()
            child.wait()
        shutil.rmtree(self.folder)

    def start(self, *arguments, before=(), **environment):
        """Runs the program and waits until it is ready; gives what else it said then."""
        child = subprocess.Popen([*before, program, *arguments], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, text=True,
                                 env={**self.environment, **environment})
        self.children.append(child)
        line = child.stdout.readline().split()
        check(line and line[0] == "ready", arguments, line)
        child.said = line[1:]
        return child

    def tslab(self, *arguments, before=(), code=0, **environment):
        done = subprocess.run([*before, tslab, *arguments], capture_output=True, text=True,
                              timeout=LIMIT_SEC, env={**self.environment, **environment})
        check(done.returncode == code, arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def states(self, **options):
        """The states that `ps` shows, by name of the allocator."""
        found = {}
        for line in self.tslab("ps", **options).splitlines()[1:]:
            match = re.search(r"(alive|dead|dead, last known \S+ ago|unknown: .*)$", line)
            check(match, line)
            found[line.split()[1]] = match[1].split(", last known")[0]
        return found

    def files(self, user=None):
        path = f"{self.folder}/temporal-slab-{os.geteuid() if user is None else user}"
        return sorted(os.listdir(path)) if os.path.isdir(path) else []

    def path(self, file):
        return f"{self.folder}/temporal-slab-{os.geteuid()}/{file}"


def kill(child, number=signal.SIGKILL):
    child.send_signal(number)
    child.wait(LIMIT_SEC)


def kill_contained(child):
    """Ends unshare and the one process in it, which the kernel ends only after unshare."""
    with open(f"/proc/{child.pid}/task/{child.pid}/children", encoding="ascii") as children:
        (pid,) = children.read().split()
    end = os.pidfd_open(int(pid))
    kill(child)
    check(select.select([end], [], [], LIMIT_SEC)[0], "the process of a container did not end")
    os.close(end)


def as_nobody():
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


# R-2.6-5
def containers_that_share_a_folder(field):
    own = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    first = field.start("first", "wait", before=own)
    field.start("second", "wait", before=own)
    check(field.files() == ["1.0.seg", "1.1.seg"], field.files())
    alive = {"first": "alive", "second": "alive"}
    check(field.states() == alive, "outside", field.states())
    check(field.states(before=own) == alive, "in a third one", field.states(before=own))
    no_new_proc = ("unshare", "--pid", "--fork", "--kill-child")
    check(field.states(before=no_new_proc) == alive, "with the proc of another one")
    check("nothing to remove" in field.tslab("ps", "--reap"), "reaped")
    check(len(field.files()) == 2, "reap removed the living")
    text = field.tslab("stats", "--json", "--pid", "1.1")
    check(json.loads(text)["allocator"] == "second", text)
    kill_contained(first)
    check(field.states() == {"first": "dead", "second": "alive"}, field.states())
    field.tslab("ps", "--reap")
    check(field.files() == ["1.1.seg"], field.files())
    field.start("without proc", "wait", before=("unshare", "--mount", "sh", "-c",
                                                'mount -t tmpfs none /proc; exec "$@"', "sh"))
    check(set(field.states().values()) == {"alive"}, field.states())


# R-2.6-5
def readers_without_proc(field):
    living = field.start("living", "wait")
    ended = field.start("ended", "wait")
    kill(ended)
    want = {"living": "alive", "ended": "dead"}
    none = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc; exec "$@"', "sh")
    check(field.states(before=none) == want, field.states(before=none))
    field.start("theirs", "wait", before=as_nobody())
    hidden = ("unshare", "--mount", "sh", "-c",
              'mount -o remount,hidepid=2 /proc 2>/dev/null || mount -t proc -o hidepid=2 none /proc;'
              'exec "$@"', "sh", *as_nobody())
    check(field.states(before=hidden) == {"theirs": "alive"}, field.states(before=hidden))
    check(living.poll() is None, "it lives")


# R-2.6-5 R-2.6-10
def time_namespaces(field):
    moved = ("unshare", "--time", "--monotonic", "100000", "--boottime", "200000", "--fork",
             "--kill-child")
    field.start("moved", "wait", before=moved)
    field.start("plain", "wait")
    alive = {"moved": "alive", "plain": "alive"}
    for before in ((), moved):
        check(field.states(before=before) == alive, before, field.states(before=before))
        for name in alive:
            text = field.tslab("stats", "--json", "--name", name, before=before)
            figures = json.loads(text)
            check(figures["uptime_sec"] < LIMIT_SEC, name, before, figures["uptime_sec"])
            check(figures["epochs"][0]["age_sec"] < LIMIT_SEC, name, before)


# R-2.6-5
def servers(field):
    field.start("undumpable", "undumpable", before=as_nobody())
    daemon = field.start("daemon", "daemon", before=as_nobody())
    alive = {"undumpable": "alive", "daemon": "alive"}
    check(field.states(before=as_nobody()) == alive, field.states(before=as_nobody()))
    kill(daemon)
    check(field.states(before=as_nobody())["daemon"] == "dead", "daemon")


# R-2.6-5
def children_past_the_c_library(field):
    parent = field.start("forks", "fork")
    kill(parent)
    check(field.states() == {"forks": "dead"}, "a child inherits no lock", field.states())
    os.kill(int(parent.said[0]), signal.SIGKILL)
    sharing = field.start("shares", "share")
    kill(sharing)
    state = field.states()["shares"]
    check(state.startswith("unknown: its process has ended, but another one has its memory"), state)
    check("not known whether they live" in field.tslab("ps", "--reap"), "reap")
    check(len(field.files()) == 1, "what is unknown stays", field.files())
    other = os.pidfd_open(int(sharing.said[0]))
    signal.pidfd_send_signal(other, signal.SIGKILL)
    while field.states()["shares"] != "dead":  # its memory goes as it ends
        pass
    os.close(other)


# R-2.6-5
def a_pid_used_again(field):
    script = f"""
        {program} used wait > {field.folder}/out & pid=$!
        while ! grep -q ready {field.folder}/out; do :; done
        kill -9 $pid; wait $pid
        echo $((pid - 1)) > /proc/sys/kernel/ns_last_pid
        sleep 1000 & [ $! = $pid ] || exit 9
        {tslab} ps; kill $!"""
    text = subprocess.run(["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c",
                           script], env=field.environment, capture_output=True, text=True,
                          timeout=LIMIT_SEC)
    check(text.returncode == 0 and re.search(r"used .* dead,", text.stdout), text)


# R-2.6-5
def exec_in_place(field):
    child = subprocess.Popen(["sh", "-c", "exec nice sleep 1000"],
                             env=dict(field.environment, LD_PRELOAD=preload))
    field.children.append(child)
    while len(field.files()) < 3:
        check(child.poll() is None, "it ended")
    text = ""
    while not re.search(r"sleep .* alive", text):  # the third file is there before it is whole
        text = field.tslab("ps")
    check(re.search(r"sh .* dead,", text) and re.search(r"nice .* dead,", text), text)
    check(json.loads(field.tslab("stats", "--json"))["process"] == "sleep", "the only living one")
    pid = str(child.pid)
    check(json.loads(field.tslab("stats", "--json", "--pid", pid))["process"] == "sleep", "by pid")
    check(json.loads(field.tslab("stats", "--json", "--pid", pid + ".0"))["process"] == "sh", "sh")


# R-2.6-9 R-2.6-10
def what_signals_leave(field):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        name = number.name
        kill(field.start(name, "wait"), number)
        check(field.states()[name] == "dead", name)
    exits = subprocess.run([program, "exits", "exit"], env=field.environment, check=False)
    check(exits.returncode == 0 and field.states()["exits"] == "dead", "exits")
    check("none of them known to be alive" in field.tslab("stats", code=2)
          or "all of them dead" in field.tslab("stats", code=2), "which one is not clear")
    figures = json.loads(field.tslab("stats", "--json", "--name", "SIGTERM"))
    check(figures["process_state"] == "dead" and figures["epochs"][0]["refcount"] == 1, figures)
    ago = 0
    while ago < 2:  # what is dead does not age
        figures = json.loads(field.tslab("stats", "--json", "--name", "SIGTERM"))
        ago = (figures["timestamp_ns"] - figures["last_known_ns"]) // 1_000_000_000
        check(figures["uptime_sec"] <= 1 and figures["epochs"][0]["age_sec"] <= 1, figures)
    for command in ("stats",), ("top", "--epochs"), ("doctor", "--age", "1"):
        text = field.tslab(*command, "--name", "SIGTERM")
        check("the process is dead; ages and uptime are as of" in text, command, text)
    check("REF_LEAK" not in field.tslab("doctor", "--age", "1", "--name", "SIGTERM"), "a leak")
    text = field.tslab("export", "prometheus", "--name", "SIGTERM")
    check("temporal_slab_last_known_seconds " in text, text)
    field.start("living", "wait")
    check(json.loads(field.tslab("stats", "--json"))["allocator"] == "living", "the living one")


# R-2.6-10
def what_was_told_of_it_holds(field):
    idle = field.start("idle", "wait")
    held = 0
    while held < 3:  # not the epoch's age: it was opened before its reference was taken
        text = field.tslab("stats", "--json", "--name", "idle")
        held = json.loads(text)["epochs"][0]["kept_oldest_sec"]
    kill(idle)
    text = field.tslab("doctor", "--age", "2", "--name", "idle", code=1)
    check("REF_LEAK" in text, "it was a leak while the process lived", text)


# R-2.6-9
def what_the_next_publisher_removes(field):
    kill(field.start("crashed", "wait"))
    kill(field.start("next", "wait"))
    check(len(field.files()) == 2, "what crashed just now stays", field.files())
    crashed = next(file for file in field.files()
                   if "crashed" in field.tslab("stats", "--json", "--pid", file[:-4]))
    with open(field.path(crashed), "r+b") as file:
        file.seek(FOUND_DEAD)
        (found,) = struct.unpack("Q", file.read(8))
        check(0 <= time.time_ns() - found < LIMIT_SEC * 1e9, "it was found dead", found)
        file.seek(FOUND_DEAD)
        file.write(struct.pack("Q", found - 3601 * 1_000_000_000))
    field.start("keeps", "wait", TEMPORAL_SLAB_KEEP_DEAD="1")
    check(crashed in field.files(), "it was to be kept")
    field.start("last", "wait")
    check(crashed not in field.files(), "found dead an hour ago")
    check(sorted(field.states().items()) == [("keeps", "alive"), ("last", "alive"),
                                            ("next", "dead")], field.states())


# R-2.6-9
def many_dead(field):
    dead = field.start("many", "wait")
    kill(dead)
    (file,) = field.files()
    with open(field.path(file), "rb") as source:
        head = source.read(4096)
    size = os.stat(field.path(file)).st_size
    for number in range(4300):
        pid = 100000 + number
        with open(field.path(f"{pid}.0.seg"), "wb") as copy:
            copy.write(head[:PID] + struct.pack("Q", pid) + head[PID + 8:])
            copy.truncate(size)
    living = field.start("living", "wait")
    check(len(field.files()) == 4302, len(field.files()))
    check(field.tslab("ps").count(" dead,") == 4301, "ps")
    for command in ("stats",), ("top", "--epochs"), ("doctor",), ("export", "prometheus"):
        check("living" in field.tslab(*command) or command[0] == "top", command)
    check(field.tslab("ps", "--reap").count("removed ") == 4301, "reap")
    check(field.files() == [f"{living.pid}.0.seg"], field.files())


# R-2.6-9
def all_users(field):
    theirs = field.start("theirs", "wait", before=as_nobody())
    field.start("own", "wait")
    check(field.states() == {"own": "alive", "theirs": "alive"}, field.states())
    check(field.states(before=as_nobody()) == {"theirs": "alive"}, "nobody sees its own")
    check(json.loads(field.tslab("stats", "--json", "--name", "theirs"))["pid"] == theirs.pid, "pid")
    kill(theirs)
    field.tslab("ps", "--reap")
    check(field.files(NOBODY) == [], field.files(NOBODY))
    # What another user makes of theirs stops nobody.
    os.symlink("/tmp", f"{field.folder}/temporal-slab-1234")
    check(field.states() == {"own": "alive"}, field.states())


# R-2.6-9
def another_user_after_publishing(field):
    done = subprocess.run([program, "became", "setuid", str(NOBODY)], env=field.environment,
                          check=False)
    check(done.returncode == 0, done.returncode)
    check(field.states() == {"became": "dead"}, field.states())


# R-2.6-2
def sparse(field):
    field.start("idle", "idle")
    (file,) = field.files()
    took = os.stat(field.path(file)).st_blocks * 512
    check(took <= 112 * 1024, "an idle process takes", took)
    print(f"an idle process takes {took} bytes")


# R-2.6-4
def a_file_system_that_is_full(field):
    script = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, field.folder, program, "full",
                           "fill", field.folder], env=field.environment, check=False)
    check(done.returncode == 0, done.returncode)


NEED_NO_ROOT = (exec_in_place, what_signals_leave, what_was_told_of_it_holds,
                what_the_next_publisher_removes, many_dead, sparse,
                children_past_the_c_library)
NEED_ROOT = (containers_that_share_a_folder, readers_without_proc, time_namespaces, servers,
             a_pid_used_again, all_users, another_user_after_publishing, a_file_system_that_is_full)


# A sanitizer's runtime cannot be preloaded into programs that were built without, and needs /proc.
NOT_SANITIZED = (exec_in_place, readers_without_proc)


def main():
    failed = []
    tests = NEED_NO_ROOT + (NEED_ROOT if os.geteuid() == 0 else ())
    if sanitized:
        tests = tuple(test for test in tests if test not in NOT_SANITIZED)
        print("not run under a sanitizer:", ", ".join(test.__name__ for test in NOT_SANITIZED))
    for test in tests:
        field = Field()
        try:
            test(field)
            print("ok", test.__name__)
        except Exception:  # pylint: disable=broad-except
            failed.append(test.__name__)
            print("FAILED", test.__name__)
            traceback.print_exc(file=sys.stdout)
        finally:
            field.end()
    if os.geteuid() != 0:
        print("not run, since namespaces, mounts and other users need root:",
              ", ".join(test.__name__ for test in NEED_ROOT))
    if failed:
        raise SystemExit("FAILED: " + ", ".join(failed))


main()
