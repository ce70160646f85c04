#include "properties/reproduce.h"

#include <gtest/gtest.h>
#include <rapidcheck/Assertions.h>
#include <rapidcheck/Check.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <optional>
#include <sstream>

namespace temporal_slab::properties {
namespace {

constexpr std::chrono::seconds kMostShrinking{15};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  std::uint64_t value = otherwise;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

// Asked only if there is something: RapidCheck prints a seed that is not ours.
std::unordered_map<std::string, rc::detail::Reproduce> that_case() {
  if (std::getenv("RC_PARAMS") == nullptr) return {};
  return rc::detail::configuration().reproduce;
}

std::string program_path() {
  std::array<char, 4096> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return {path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

// What to do about a property that ends the process, told by its last breath.
std::string crash_note;

void tell_crash(int signal) {
  [[maybe_unused]] const ssize_t written =
      ::write(STDERR_FILENO, crash_note.data(), crash_note.size());
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

class Silent final : public rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

std::string report(const std::string& name, const rc::detail::TestResult& result,
                   std::uint64_t seed) {
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  text << "\nseed " << seed << "; again:\n  ";
  if (result.is<rc::detail::FailureResult>()) {
    rc::detail::Configuration again;
    again.reproduce[name] = result.get<rc::detail::FailureResult>().reproduce;
    text << "RC_PARAMS='" << rc::detail::configToMinimalString(again) << "' ";
  }
  text << program_path() << " --gtest_filter=" << name << "\n";
  return text.str();
}

// What `run` says, from a process of its own that may crash.
std::string run_apart(const Program& program) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe to be had";
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string failure = run(program);
    const ssize_t written = ::write(ends[1], failure.data(), failure.size());
    ::_exit(written == static_cast<ssize_t>(failure.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string failure;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    failure.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return std::string("it dies of ") + strsignal(WTERMSIG(status));
  return status == 0 ? failure : "it exits with " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::string test_name() {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::string(test->test_suite_name()) + "." + test->name();
}

void check(const std::string& name, int cases, const std::function<void()>& body) {
  const std::uint64_t wanted = from_environment("TEMPORAL_SLAB_PROPERTY_CASES", 0);
  rc::detail::TestMetadata metadata;
  metadata.id = name;
  metadata.description = name;
  rc::detail::TestParams params;
  params.seed = from_environment("TEMPORAL_SLAB_PROPERTY_SEED", 1);
  params.maxSuccess = wanted != 0 ? static_cast<int>(wanted) : cases;
  crash_note =
      "\n" + name + " ended the process; again, and shrunk:\n  " +
      "TEMPORAL_SLAB_PROPERTY_FORK=1 TEMPORAL_SLAB_PROPERTY_SEED=" + std::to_string(params.seed) +
      " TEMPORAL_SLAB_PROPERTY_CASES=" + std::to_string(params.maxSuccess) + " " + program_path() +
      " --gtest_filter=" + name + "\n";
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) std::signal(signal, tell_crash);

  const auto start = std::chrono::steady_clock::now();
  Silent silent;
  const rc::detail::TestResult result = rc::detail::checkProperty(
      rc::detail::toProperty(body), metadata, params, silent, that_case());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  if (!result.is<rc::detail::SuccessResult>())
    ADD_FAILURE() << report(name, result, params.seed);
  else
    std::cout << name << ": " << params.maxSuccess << " cases, " << took.count() << " s\n";
}

void check_machine(const Machine& machine, int cases) {
  const bool apart = from_environment("TEMPORAL_SLAB_PROPERTY_FORK", 0) != 0;
  const rc::Gen<Program> programs = draw_program(machine);
  std::optional<std::chrono::steady_clock::time_point> failed;
  check(test_name(), cases, [&] {
    const Program program = *programs;
    // What was not shrunk by then is let pass, which ends the shrinking.
    if (failed && std::chrono::steady_clock::now() - *failed > kMostShrinking) return;
    const std::string failure = apart ? run_apart(program) : run(program);
    if (failure.empty()) return;
    if (!failed) failed = std::chrono::steady_clock::now();
    RC_FAIL(failure);
  });
}

}  // namespace temporal_slab::properties
