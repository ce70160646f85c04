#include "tslab/command_line.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "base/utf8.h"
#include "tslab/arguments.h"
#include "tslab/commands.h"
#include "tslab/values.h"

namespace temporal_slab::tslab {
namespace {

std::string quoted(std::string_view text) { return std::string("'").append(text).append("'"); }

std::string names_of(std::span<const Flag> flags) {
  std::string names;
  for (const Flag flag : flags) {
    if (!names.empty()) names += ", ";
    names += info_of(flag).name;
  }
  return names;
}

// Each step returns false when it has said what is wrong.
class Parser {
 public:
  Parser(std::span<const char* const> arguments, CommandLine* out, std::string* error)
      : given_(split_arguments(arguments)), out_(out), error_(error) {}

  bool parse() {
    if (!choose_command() || !check_flags()) return false;
    out_->help = given_.find(Flag::kHelp) != nullptr;
    out_->version = given_.find(Flag::kVersion) != nullptr;
    if (out_->help || out_->version) return true;
    out_->json = given_.find(Flag::kJson) != nullptr;
    out_->reap = given_.find(Flag::kReap) != nullptr;
    return check_words() && (out_->command->run != run_top || read_ranking()) && read_numbers() &&
           read_files() && read_exposition() && read_source() && check_pairs();
  }

 private:
  bool choose_command();
  bool check_flags();
  bool check_words();
  bool read_ranking();
  template <typename Key, typename Keys>
  bool read_key(std::string_view what, const Keys& keys, const Key** out);
  bool read_numbers();
  bool read_files();
  bool read_exposition();
  bool read_label(const GivenFlag& label);
  bool read_source();
  bool check_pairs();

  bool fail(const std::string& what) {
    const Command* const command = out_->command;
    *error_ = (command == nullptr ? "" : std::string(command->name) + ": ") + what;
    return false;
  }
  bool fail(const GivenFlag& flag, const std::string& what) {
    const Command* const command = out_->command;
    *error_ = (command == nullptr ? "" : std::string(command->name) + " ") +
              std::string(flag.name) + ": " + what;
    return false;
  }
  bool fail_value(const GivenFlag& flag) {
    return fail(flag, quoted(*flag.value) + " is not " + allowed_values(flag.info->flag));
  }

  // Those of them that the command takes.
  std::vector<Flag> taken(std::span<const Flag> flags) const {
    const std::span<const Flag> all = out_->command->flags;
    std::vector<Flag> found;
    for (const Flag flag : flags)
      if (std::find(all.begin(), all.end(), flag) != all.end()) found.push_back(flag);
    return found;
  }

  // The one of these flags that is given, null if none is. False if several are.
  bool find_one(std::span<const Flag> flags, const GivenFlag** out) {
    *out = nullptr;
    for (const Flag flag : flags) {
      const GivenFlag* const one = given_.find(flag);
      if (one == nullptr) continue;
      if (*out != nullptr)
        return fail(std::string((*out)->name) + " and " + std::string(one->name) +
                    " exclude each other (allowed: one of " + names_of(taken(flags)) + ")");
      *out = one;
    }
    return true;
  }

  const Arguments given_;
  CommandLine* const out_;
  std::string* const error_;
};

bool Parser::choose_command() {
  if (given_.words.empty()) return true;
  const std::string_view name = given_.words.front();
  for (const Command& command : kCommands)
    if (command.name == name) out_->command = &command;
  return out_->command != nullptr ||
         fail("unknown command " + quoted(name) + " (allowed: " + command_names() + ")");
}

bool Parser::check_flags() {
  const Command* const command = out_->command;
  const std::span<const Flag> allowed =
      command == nullptr ? std::span<const Flag>(kFlagsWithoutCommand) : command->flags;
  for (const GivenFlag& one : given_.flags) {
    if (one.info == nullptr ||
        std::find(allowed.begin(), allowed.end(), one.info->flag) == allowed.end())
      return fail("unknown flag " + quoted(one.name) + " (allowed: " +
                  (command == nullptr ? "a command, " + command_names() + ", or " : "") +
                  names_of(allowed) + ")");
    if (!one.info->value.empty() && !one.value)
      return fail(one, "a value is missing (allowed: " + allowed_values(one.info->flag) + ")");
    if (one.info->value.empty() && one.value)
      return fail(one, "takes no value, not " + quoted(*one.value));
  }
  return true;
}

bool Parser::check_words() {
  const Command* const command = out_->command;
  if (command == nullptr)
    return fail("a command is missing (allowed: " + command_names() + ", or " +
                names_of(kFlagsWithoutCommand) + ")");
  const bool takes_format = command->run == run_export;
  if (takes_format && given_.words.size() < 2)
    return fail("a format is missing (allowed: prometheus)");
  if (takes_format && given_.words[1] != "prometheus")
    return fail("unknown format " + quoted(given_.words[1]) + " (allowed: prometheus)");
  const std::size_t words = 1 + command->files + (takes_format ? 1 : 0);
  if (command->run == run_completion &&
      (given_.words.size() != words || given_.words.back() != "bash"))
    return fail("which shell is missing or not known (allowed: bash)");
  if (given_.words.size() < words)
    return fail((command->files == 1 ? "FILE is missing (allowed: "
                                     : "one of two FILEs is missing (allowed: ") +
                allowed_values(Flag::kInput) + ")");
  if (given_.words.size() > words)
    return fail("unexpected argument " + quoted(given_.words[words]) + " (allowed: " +
                (command->files == 0   ? ""
                 : command->files == 1 ? "one FILE, "
                                       : "two FILEs, ") +
                names_of(command->flags) + ")");
  if (command->files >= 1) out_->file = given_.words[1];
  if (command->files >= 2) out_->after = given_.words[2];
  return true;
}

template <typename Key, typename Keys>
bool Parser::read_key(std::string_view what, const Keys& keys, const Key** out) {
  const GivenFlag* const by = given_.find(Flag::kBy);
  *out = by == nullptr ? keys.data() : render::find_key(keys, *by->value);
  return *out != nullptr ||
         fail(*by, "unknown key " + quoted(*by->value) + " for " + std::string(what) +
                       " (allowed: " + render::key_names(keys) + ")");
}

bool Parser::read_ranking() {
  constexpr Flag kWhat[] = {Flag::kEpochs, Flag::kClasses};
  constexpr Flag kDirections[] = {Flag::kAsc, Flag::kDesc};
  const GivenFlag* what = nullptr;
  const GivenFlag* direction = nullptr;
  if (!find_one(kWhat, &what) || !find_one(kDirections, &direction)) return false;
  if (what == nullptr) return fail("one of " + names_of(kWhat) + " is missing");
  if (what->info->flag == Flag::kEpochs
          ? !read_key("epochs", render::kEpochKeys, &out_->epoch_key)
          : !read_key("classes", render::kClassKeys, &out_->class_key))
    return false;
  out_->ranking.ascending = direction != nullptr && direction->info->flag == Flag::kAsc;
  if (const GivenFlag* const n = given_.find(Flag::kN)) {
    const std::optional<std::size_t> rows = parse_rows(*n->value);
    if (!rows) return fail_value(*n);
    out_->ranking.rows = *rows;
    out_->rows_given = true;
  }
  return true;
}

bool Parser::read_numbers() {
  if (const GivenFlag* const watch = given_.find(Flag::kWatch)) {
    out_->watch = parse_interval(*watch->value);
    if (!out_->watch) return fail_value(*watch);
  }
  if (const GivenFlag* const sort = given_.find(Flag::kSort)) {
    out_->sort = render::find_key(render::kFleetKeys, *sort->value);
    if (out_->sort == nullptr)
      return fail(*sort, "unknown key " + quoted(*sort->value) +
                             " (allowed: " + render::key_names(render::kFleetKeys) + ")");
  }
  for (const render::ThresholdInfo& threshold : render::kThresholds)
    for (const GivenFlag& one : given_.flags) {
      if (one.info->name != threshold.option) continue;
      const std::optional<std::uint64_t> number =
          one.info->flag == Flag::kAge ? parse_age(*one.value) : parse_number(*one.value);
      if (!number) return fail_value(one);
      out_->thresholds.*threshold.member = *number;
    }
  if (const GivenFlag* const interval = given_.find(Flag::kInterval)) {
    const std::optional<std::chrono::milliseconds> seconds = parse_interval(*interval->value);
    if (!seconds) return fail_value(*interval);
    out_->interval = *seconds;
  }
  if (const GivenFlag* const count = given_.find(Flag::kCount)) {
    out_->count = parse_rows(*count->value);
    if (!out_->count) return fail_value(*count);
  }
  return true;
}

// A flag is given only to commands that take it.
bool Parser::read_exposition() {
  if (const GivenFlag* const prefix = given_.find(Flag::kPrefix)) {
    if (!render::is_metric_prefix(*prefix->value)) return fail_value(*prefix);
    out_->prometheus.prefix = *prefix->value;
  }
  if (const GivenFlag* const series = given_.find(Flag::kSeries)) {
    if (*series->value != "epoch" && *series->value != "slot") return fail_value(*series);
    if (*series->value == "epoch") out_->prometheus.series = render::EpochSeries::kEpoch;
  }
  out_->prometheus.age_sec = out_->thresholds.age_sec;
  for (const GivenFlag& one : given_.flags)
    if (one.info->flag == Flag::kLabel && !read_label(one)) return false;
  if (const GivenFlag* const listen = given_.find(Flag::kListen)) {
    const std::optional<ListenAddress> address = parse_listen_address(*listen->value);
    if (!address) return fail_value(*listen);
    out_->listen = *address;
  }
  return true;
}

bool Parser::read_label(const GivenFlag& label) {
  const std::string_view text = *label.value;
  const std::size_t end = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, end);
  const std::string_view value = text.substr(std::min(end + 1, text.size()));
  render::MetricLabels& labels = out_->prometheus.labels;
  const bool given_before = std::any_of(labels.begin(), labels.end(),
                                        [&](const auto& other) { return other.name == name; });
  if (!render::is_label_name(name) || value.empty() || !base::is_well_formed_utf8(value) ||
      given_before)
    return fail_value(label);
  labels.push_back({name, render::label_value(value)});
  return true;
}

bool Parser::read_files() {
  if (const GivenFlag* const since = given_.find(Flag::kSince)) out_->since = *since->value;
  if (const GivenFlag* const output = given_.find(Flag::kOutput)) {
    if (output->value->empty()) return fail_value(*output);
    if (*output->value != "-") out_->output = *output->value;
  }
  const GivenFlag* const fail_on = given_.find(Flag::kFailOn);
  std::string why;
  return fail_on == nullptr || parse_regressions(*fail_on->value, &out_->fail_on, &why) ||
         fail(*fail_on, why);
}

bool Parser::read_source() {
  constexpr Flag kSources[] = {Flag::kPid, Flag::kName, Flag::kInput, Flag::kStdin, Flag::kAll};
  const GivenFlag* source = nullptr;
  if (!find_one(kSources, &source)) return false;
  if (source == nullptr) return true;
  out_->all = source->info->flag == Flag::kAll;
  if (out_->all) return true;
  SourceChoice& choice = out_->source;
  if (source->info->flag == Flag::kPid) {
    std::string why;
    return stats::parse_pid_selector(std::string(*source->value), &choice.selector, &why) ||
           fail(why);
  }
  if (source->info->flag == Flag::kName)
    choice.selector.name = *source->value;
  else
    choice.input = source->info->flag == Flag::kInput ? *source->value : "-";
  return true;
}

// Of these, too, one alone makes sense.
bool Parser::check_pairs() {
  constexpr Flag kPairs[][2] = {{Flag::kSince, Flag::kAll},
                                {Flag::kReap, Flag::kSort},
                                {Flag::kReap, Flag::kWatch},
                                {Flag::kReap, Flag::kAge}};
  const GivenFlag* unused = nullptr;
  return std::all_of(std::begin(kPairs), std::end(kPairs),
                     [&](const auto& pair) { return find_one(pair, &unused); });
}

}  // namespace

std::string command_names() { return render::key_names(kCommands); }

std::optional<CommandLine> parse_command_line(std::span<const char* const> arguments,
                                              std::string* error) {
  CommandLine line;
  if (!Parser(arguments, &line, error).parse()) return std::nullopt;
  return line;
}

}  // namespace temporal_slab::tslab
