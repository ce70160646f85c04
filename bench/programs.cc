#include "bench/programs.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench/workload.h"

namespace temporal_slab::bench {
namespace {

constexpr double kLines = 200'000;

// Lines in no order, the same in each run.
void write_lines(const std::string& path, unsigned lines) {
  std::ofstream file(path);
  std::uint32_t state = 1;
  for (unsigned i = 0; i < lines; ++i) {
    state = state * 1664525 + 1013904223;
    file << state << " line " << i << '\n';
  }
  if (!file.flush()) give_up("writing the input of programs");
}

// Debian's: another one of that name in PATH may be a script around it.
std::string path_of(const std::string& program) { return "/usr/bin/" + program; }

std::vector<Program> all(const std::string& input, double scale) {
  const auto count = [scale](double most) {
    return std::to_string(std::max(10, static_cast<int>(most * scale)));
  };
  return {
      {"sort", {"sort", "--parallel=1", "-S", "64M", input}},
      {"xz", {"xz", "-1", "--keep", "--stdout", input}},
      {"python3",
       {"python3", "-c",
        "import json, random; random.seed(1)\n"
        "data = {str(random.random()): [i] * (i % 50) for i in range(" +
            count(20'000) +
            ")}\n"
            "assert json.loads(json.dumps(data, sort_keys=True)) == data\n"}},
      {"perl",
       {"perl", "-e",
        "my %seen; for my $i (1 .. " + count(150'000) +
            ") { $seen{$i % 7919} .= chr(65 + $i % 26); $seen{\"k$i\"} = [$i] if $i % 3; }\n"
            "my @sorted = sort map { scalar reverse $_ } values %seen; print scalar @sorted;"}},
      {"sqlite3",
       {"sqlite3", ":memory:",
        "create table t(a integer primary key, b text, c real); create index i on t(b);"
        "with recursive n(x) as (select 1 union all select x + 1 from n where x < " +
            count(60'000) +
            ") insert into t select x, hex(x * 7919) || 'abc', x / 3.0 from n;"
            "update t set b = b || b where a % 3 = 0; delete from t where a % 5 = 0;"
            "select count(*), sum(length(b)), max(b) from t;"}},
  };
}

}  // namespace

std::string our_malloc() { return TEMPORAL_SLAB_BENCH_OURS; }
std::string mimallocs_malloc() { return TEMPORAL_SLAB_BENCH_MIMALLOC; }

Programs::Programs(double scale) {
  // In memory, as what is published is elsewhere; no disk is measured.
  std::string name = "/dev/shm/temporal_slab_bench.XXXXXX";
  if (mkdtemp(name.data()) == nullptr) give_up("mkdtemp");
  folder_ = name;
  const std::string input = folder_ + "/lines";
  write_lines(input, std::max(10U, static_cast<unsigned>(kLines * scale)));
  for (Program& program : all(input, scale)) {
    program.command.front() = path_of(program.name);
    if (access(program.command.front().c_str(), X_OK) == 0)
      installed_.push_back(std::move(program));
  }
}

Programs::~Programs() { remove_folder(); }

void Programs::remove_folder() const {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Programs::Cost Programs::run(const Program& program, const std::string& preload) const {
  std::string launcher = TEMPORAL_SLAB_BENCH_RUN_ONCE;
  std::string library = preload;
  std::vector<std::string> command = program.command;
  std::vector<char*> arguments = {launcher.data(), library.data()};
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  // What is published there goes with the folder.
  std::string runtime = "TEMPORAL_SLAB_RUNTIME_DIR=" + folder_;
  std::string locale = "LC_ALL=C.UTF-8";
  std::vector<char*> environment = {runtime.data(), locale.data()};
  for (char** one = environ; *one != nullptr; ++one) environment.push_back(*one);
  environment.push_back(nullptr);

  const std::string said = folder_ + "/said";
  const std::string complaints = folder_ + "/complaints";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, said.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, complaints.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  int status = 0;
  const int error = posix_spawn(&child, launcher.c_str(), &actions, nullptr, arguments.data(),
                                environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0 || waitpid(child, &status, 0) != child || status != 0) give_up(launcher.c_str());
  double wall_ns = 0;
  double peak_bytes = 0;
  int exit_code = -1;
  std::ifstream(said) >> wall_ns >> peak_bytes >> exit_code;
  std::string complaint;
  std::getline(std::ifstream(complaints), complaint);
  // A library that cannot be preloaded is named there, and the program runs without it.
  if (exit_code != 0 || !complaint.empty()) {
    remove_folder();
    give_up((program.name + " on \"" + preload + "\": " + complaint + ", which").c_str());
  }
  return {.wall_ms = wall_ns / 1e6, .peak_mib = peak_bytes / (1 << 20)};
}

}  // namespace temporal_slab::bench
