// The flags of all commands: one table, from which parsing, help and error messages
// follow.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace temporal_slab::tslab {

enum class Flag {
  kEpochs,
  kClasses,
  kBy,
  kN,
  kAsc,
  kDesc,
  kWatch,
  kJson,
  kPid,
  kName,
  kInput,
  kStdin,
  kAge,
  kSlowPath,
  kAbandonedRefs,
  kAdvancesHeld,
  kUnderflows,
  kStaleReleases,
  kMadviseFailures,
  kBadFrees,
  kPinnedSlabs,
  kSince,
  kInterval,
  kCount,
  kFailOn,
  kOutput,
  kReap,
  kSort,
  kAll,
  kPrefix,
  kSeries,
  kLabel,
  kListen,
  kHelp,
  kVersion,
};

struct FlagInfo {
  Flag flag;
  std::string_view name;
  std::string_view value;  // what help calls it; "" for none
  std::string_view help;
};

inline constexpr std::array kFlags = {
    FlagInfo{Flag::kEpochs, "--epochs", "", "rank the epochs"},
    FlagInfo{Flag::kClasses, "--classes", "", "rank the size classes"},
    FlagInfo{Flag::kBy, "--by", "KEY", "what to rank by"},
    FlagInfo{Flag::kN, "--n", "N", "how many rows, 1 or more; without it 5"},
    FlagInfo{Flag::kAsc, "--asc", "", "the smallest first"},
    FlagInfo{Flag::kDesc, "--desc", "", "the largest first, as without it"},
    FlagInfo{Flag::kWatch, "--watch", "TIME", "again every 2, 0.5s, 1m30s, ...; 0.1s to 1d"},
    FlagInfo{Flag::kJson, "--json", "", "one line of JSON instead of a text"},
    FlagInfo{Flag::kPid, "--pid", "PID[.N][:NAME]", "of this process; N or NAME if it has several"},
    FlagInfo{Flag::kName, "--name", "NAME", "the allocator of this name"},
    FlagInfo{Flag::kInput, "--input", "FILE", "the last snapshot of a JSON file, - for stdin"},
    FlagInfo{Flag::kStdin, "--stdin", "", "the same as --input -"},
    FlagInfo{Flag::kAge, "--age", "TIME",
             "old is what is older than this, as 30s or 5m; without it 5m"},
    FlagInfo{Flag::kSlowPath, "--slow-path", "PCT", "tolerate so many slow of 100; without it 5"},
    FlagInfo{Flag::kAbandonedRefs, "--abandoned-refs", "N",
             "tolerate so many abandoned references; without it 0"},
    FlagInfo{Flag::kAdvancesHeld, "--advances-held", "N",
             "tolerate so many calls that the full ring held up; without it 0"},
    FlagInfo{Flag::kUnderflows, "--underflows", "N", "tolerate so many underflows; without it 0"},
    FlagInfo{Flag::kStaleReleases, "--stale-releases", "N",
             "tolerate so many stale releases; without it 0"},
    FlagInfo{Flag::kMadviseFailures, "--madvise-failures", "N",
             "tolerate so many failures of madvise; without it 0"},
    FlagInfo{Flag::kBadFrees, "--bad-frees", "N", "tolerate so many refused frees; without it 0"},
    FlagInfo{Flag::kPinnedSlabs, "--pinned-slabs", "MB",
             "tolerate so many MB of free slots in old slabs; without it 8"},
    FlagInfo{Flag::kSince, "--since", "FILE", "count from this snapshot of before on"},
    FlagInfo{Flag::kInterval, "--interval", "TIME",
             "0.1s to 1d, as 2, 0.5s or 1m30s; without it 1s"},
    FlagInfo{Flag::kCount, "--count", "N", "so often, and not until the process ends"},
    FlagInfo{Flag::kFailOn, "--fail-on", "EXPR", "exit 1 if this holds"},
    FlagInfo{Flag::kOutput, "--output", "FILE", "where to, also -o; without it standard output"},
    FlagInfo{Flag::kReap, "--reap", "", "remove what dead processes left, and say which"},
    FlagInfo{Flag::kSort, "--sort", "KEY", "the largest of KEY first; without it by pid"},
    FlagInfo{Flag::kAll, "--all", "", "of all published allocators"},
    FlagInfo{Flag::kPrefix, "--prefix", "P", "what all names begin with; without it temporal_slab"},
    FlagInfo{Flag::kSeries, "--series", "FORM", "what an epoch's series are of; without it slot"},
    FlagInfo{Flag::kLabel, "--label", "NAME=VALUE", "a label for all series; as often as wanted"},
    FlagInfo{Flag::kListen, "--listen", "ADDR", "HOST:PORT; without it 127.0.0.1:9465"},
    FlagInfo{Flag::kHelp, "--help", "", "print this"},
    FlagInfo{Flag::kVersion, "--version", "", "print the version"},
};

constexpr const FlagInfo& info_of(Flag flag) { return kFlags[static_cast<std::size_t>(flag)]; }

// What the value of a flag may be, for messages.
std::string allowed_values(Flag flag);

}  // namespace temporal_slab::tslab
