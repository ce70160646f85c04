// The commands: one table, from which dispatch, help and error messages follow. Each
// command is a file in commands/.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "tslab/command_line.h"
#include "tslab/flags.h"
#include "tslab/streams.h"

namespace temporal_slab::tslab {

// Each returns the exit code.
int run_completion(const CommandLine& line, const Streams& streams);
int run_diff(const CommandLine& line, const Streams& streams);
int run_doctor(const CommandLine& line, const Streams& streams);
int run_manual(const CommandLine& line, const Streams& streams);
int run_ps(const CommandLine& line, const Streams& streams);
int run_record(const CommandLine& line, const Streams& streams);
int run_report(const CommandLine& line, const Streams& streams);
int run_stats(const CommandLine& line, const Streams& streams);
int run_top(const CommandLine& line, const Streams& streams);
int run_validate(const CommandLine& line, const Streams& streams);
int run_watch(const CommandLine& line, const Streams& streams);
int run_export(const CommandLine& line, const Streams& streams);
int run_serve(const CommandLine& line, const Streams& streams);

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view usage;    // after the name
  std::string_view details;  // lines
  std::span<const Flag> flags;
  std::size_t files;  // how many words it takes
  std::string_view example;
  int (*run)(const CommandLine&, const Streams&);
};

inline constexpr Flag kPsFlags[] = {Flag::kSort, Flag::kWatch, Flag::kAge, Flag::kReap,
                                    Flag::kHelp};
inline constexpr Flag kStatsFlags[] = {Flag::kJson,  Flag::kPid,   Flag::kName,
                                       Flag::kInput, Flag::kStdin, Flag::kHelp};
inline constexpr Flag kTopFlags[] = {Flag::kEpochs, Flag::kClasses, Flag::kBy,    Flag::kN,
                                     Flag::kAsc,    Flag::kDesc,    Flag::kWatch, Flag::kAll,
                                     Flag::kPid,    Flag::kName,    Flag::kInput, Flag::kStdin,
                                     Flag::kHelp};
inline constexpr Flag kValidateFlags[] = {Flag::kHelp};
inline constexpr Flag kDoctorFlags[] = {Flag::kAge,
                                        Flag::kSlowPath,
                                        Flag::kAbandonedRefs,
                                        Flag::kAdvancesHeld,
                                        Flag::kUnderflows,
                                        Flag::kStaleReleases,
                                        Flag::kMadviseFailures,
                                        Flag::kBadFrees,
                                        Flag::kPinnedSlabs,
                                        Flag::kSince,
                                        Flag::kJson,
                                        Flag::kAll,
                                        Flag::kPid,
                                        Flag::kName,
                                        Flag::kInput,
                                        Flag::kStdin,
                                        Flag::kHelp};
inline constexpr Flag kWatchFlags[] = {Flag::kInterval, Flag::kCount, Flag::kPid,
                                       Flag::kName,     Flag::kInput, Flag::kHelp};
inline constexpr Flag kRecordFlags[] = {Flag::kInterval, Flag::kCount, Flag::kOutput,
                                        Flag::kPid,      Flag::kName,  Flag::kHelp};
inline constexpr Flag kReportFlags[] = {Flag::kOutput, Flag::kAge, Flag::kHelp};
inline constexpr Flag kDiffFlags[] = {Flag::kFailOn, Flag::kAge, Flag::kHelp};
inline constexpr Flag kCompletionFlags[] = {Flag::kHelp};
inline constexpr Flag kManualFlags[] = {Flag::kHelp};
inline constexpr Flag kExportFlags[] = {Flag::kPrefix, Flag::kLabel, Flag::kSeries, Flag::kAge,
                                        Flag::kOutput, Flag::kPid,   Flag::kName,   Flag::kInput,
                                        Flag::kStdin,  Flag::kHelp};
inline constexpr Flag kServeFlags[] = {Flag::kListen, Flag::kAge, Flag::kPrefix, Flag::kSeries,
                                       Flag::kHelp};
inline constexpr Flag kFlagsWithoutCommand[] = {Flag::kHelp, Flag::kVersion};

inline constexpr std::array kCommands = {
    Command{"ps", "the published allocators of this user, with figures",
            "[--sort KEY] [--watch TIME] [--age TIME] [--reap]",
            "Columns: pid, name of the allocator, name of the process, time since that\n"
            "started; bytes of live objects, and of all slabs; epochs in use of how many;\n"
            "references, and the age of the oldest epoch that has one; how much doctor finds\n"
            "with this --age; and the state: alive, dead, or unknown with the reason. A dead\n"
            "one crashed; what it left can still be read, and --reap removes it. Of a process\n"
            "that has several the pid is PID.N, as --pid takes it. A segment that cannot be\n"
            "read is listed with the reason. On a terminal that is too narrow, columns go on\n"
            "below, under their own titles. Root sees those of all users.\n",
            kPsFlags, 0, "tslab ps --sort slab_bytes", run_ps},
    Command{"stats", "one screen of figures, or the whole snapshot as JSON", "[--json] [SOURCE]",
            "", kStatsFlags, 0, "tslab stats --json --pid 4211 > snapshot.json", run_stats},
    Command{"top", "rank epochs or size classes",
            "--epochs|--classes [--by KEY] [--n N] [--asc] [--watch TIME] [--all | SOURCE]",
            "Ties are ranked by number. With --all the rows of all published allocators are\n"
            "ranked together, each with whose it is; below stands which are dead, and which\n"
            "cannot be read and why. --watch ends with the watched process; a pipe gets one\n"
            "block after the other. On a terminal it uses the whole screen and takes keys, which\n"
            "its last lines name: q quits; p holds what is shown, p again goes on; < and >\n"
            "choose the KEY before and after, and each KEY has a letter; i turns the order\n"
            "round; / takes a text, and rows with it in the label or the name of the allocator\n"
            "or the process stay (Enter keeps it, Esc gives it up, and Esc later all rows are\n"
            "back); arrows, PgUp, PgDn, Home and End scroll. There all rows are shown unless\n"
            "--n is given. With TERM unset or dumb the screen is redrawn, and only q is a key.\n",
            kTopFlags, 0, "tslab top --epochs --by refcount --n 5 --pid 4211", run_top},
    Command{"watch", "rates per second between snapshots", "[--interval TIME] [--count N] [SOURCE]",
            "A terminal is redrawn in place, and a pipe gets one block after the other. Rates\n"
            "are worked out from the times at which the snapshots were taken. It ends with the\n"
            "watched process; one that took its place in a file is told.\n",
            kWatchFlags, 0, "tslab watch --interval 5 --pid 4211", run_watch},
    Command{"doctor", "findings in plain words: cause, holder, site, what to do",
            "[--age TIME] [--since FILE] [--json] [--all | SOURCE]",
            "Exit code 1 if there are findings, 0 with one line if there is none. With --all\n"
            "those that have some come first, each named above its findings, then a line for\n"
            "each that is well; JSON is a line each; one that cannot be read is told on standard\n"
            "error, with exit code 2. Counters never fall: after a repair, --since tells what\n"
            "happened from a snapshot on. `pinned` is the bytes of the epoch's slabs that hold\n"
            "objects. The JSON is described by schemas/findings_v1.schema.json.\n",
            kDoctorFlags, 0, "tslab doctor --age 600 --pid 4211", run_doctor},
    Command{"diff", "what changed between two snapshots", "[--fail-on EXPR] [--age TIME] A B",
            "A and B are JSON files, or - for standard input; of several snapshots the last\n"
            "counts. Findings that are new in B, or gone, follow the figures. Exit code 1 if\n"
            "what EXPR names holds: NAME, NAME>LIMIT or NAME>PERCENT%, several with commas.\n",
            kDiffFlags, 2, "tslab diff --fail-on 'live_bytes>10%,ref_leaks' before.json after.json",
            run_diff},
    Command{"record", "snapshots again and again, one JSON a line",
            "[--interval TIME] [--count N] [-o FILE] [SOURCE]",
            "Without FILE they go to standard output; a FILE that is there is written anew.\n"
            "On a terminal standard error says how far it is. When the process ends it ends too,\n"
            "with its last figures as the last line, and says so.\n",
            kRecordFlags, 0, "tslab record --interval 10 --count 360 -o hour.jsonl --pid 4211",
            run_record},
    Command{"report", "a recording as one page for a browser", "[-o FILE] [--age TIME] FILE.jsonl",
            "The page holds all that it needs: each epoch over time, with its bytes, references\n"
            "and holders, the findings with their times, and the process's resident bytes beside\n"
            "what epochs account for. A line that is no snapshot is passed over, and the page\n"
            "says so: what a recording that was cut off says still counts.\n",
            kReportFlags, 1, "tslab report hour.jsonl -o hour.html", run_report},
    Command{"export", "print or write the figures for Prometheus",
            "prometheus [--prefix P] [--label NAME=VALUE]... [--output FILE] [SOURCE]",
            "FORM is slot: the series of an epoch carry the label epoch alone, so that a ring\n"
            "that turns makes no new ones, and _epoch_info tells era, state and label of what\n"
            "leaks (for longer than --age); or epoch: each incarnation has series of its own,\n"
            "with labels epoch, era and state. With --pid there is a label pid. Where several\n"
            "are exported to one Prometheus, give each a --label that tells it apart. FILE is\n"
            "replaced at once or, if that fails, left alone, as the textfile collector of\n"
            "node_exporter wants it.\n",
            kExportFlags, 0,
            "tslab export prometheus --name main --label service=checkout --output slab.prom",
            run_export},
    Command{"serve", "a page to look at, and Prometheus, about all published allocators",
            "[--listen ADDR] [--age TIME] [--prefix P] [--series FORM]",
            "Paths: /, a page for a browser, which shows all processes, the ring and the\n"
            "findings of one, and the last ten minutes; /metrics; /snapshot.json, one snapshot\n"
            "a line; /events, what the page listens to; /healthz; /runbook.md, what to do about\n"
            "each finding. The allocators of this user\n"
            "are found anew for each request; in /metrics those of dead processes and damaged\n"
            "ones are only counted, in the metric _segments. --age is that of the page's\n"
            "findings and of _epoch_info, FORM as in export.\n"
            "With port 0 a free one is taken; the address is printed. SIGINT and SIGTERM\n"
            "end it.\n",
            kServeFlags, 0, "tslab serve --listen 127.0.0.1:9465", run_serve},
    Command{"validate", "check JSON snapshots against the schema", "FILE",
            "FILE, or - for standard input, holds one snapshot, or one a line. Each offence\n"
            "is printed with the line at which its snapshot begins and its path.\n",
            kValidateFlags, 1, "tslab validate snapshot.json", run_validate},
    Command{"completion", "a script that completes command lines", "bash",
            "For bash alone. It is installed where bash looks for it; for a tslab that is not\n"
            "installed, source what this prints.\n",
            kCompletionFlags, 1, "tslab completion bash > tslab.bash", run_completion},
    Command{"manual", "the manual page, as man reads it", "", "It is installed as tslab(1).\n",
            kManualFlags, 0, "tslab manual > tslab.1", run_manual},
};

// "ps, stats, top, ..."
std::string command_names();

}  // namespace temporal_slab::tslab
