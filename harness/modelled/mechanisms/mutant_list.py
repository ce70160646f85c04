"""What mutants.py breaks."""

import typing


class Mutant(typing.NamedTuple):
    name: str
    file: str  # below lib/
    old: str
    new: str
    tests: str  # the scenarios that must notice
    compiled: tuple  # sources that see the file
    which: int = 0  # of the places that hold `old`


def section(name, old, new, which=0):
    return Mutant(name, "sync/biased_section.h", old, new, "BiasedSection/",
                  ("biased_section_scenarios.cc",), which)


def of_file(file, compiled):
    def mutant(name, old, new, which=0, tests="References"):
        return Mutant(name, file, old, new, tests, compiled, which)
    return mutant


header = of_file("epoch/references.h", ("references.cc", "references_frozen.cc", "references_subject.cc"))
words = of_file("epoch/reference_words.h",
                ("references.cc", "references_frozen.cc", "references_subject.cc"))
calls = of_file("epoch/references.cc", ("lib/epoch/references.cc",))
frozen = of_file("epoch/references_frozen.cc", ("lib/epoch/references_frozen.cc",))

MUTANTS = (
    section("entry is relaxed", "kStep, kRelease);  // (1)", "kStep, kRelaxed);"),
    section("entry is not told", "word_.store(found_ + kStep, kRelease);  // (1)", ""),
    section("exit is relaxed", "change_, kRelease); }  // (4)", "change_, kRelaxed); }"),
    section("exit is the word of entry", "found_ + 2 * kStep + change_", "found_ + change_"),
    section("exit forgets the change", "2 * kStep + change_", "2 * kStep"),
    section("owners make no fence", "full_fence();", ""),
    section("revokers make no membarrier", "membarrier();", ""),
    section("revokers make a fence in place of membarrier", "membarrier();", "full_fence();"),
    section("revokers make no fence", "full_fence();", "", 1),
    section("owners make a compiler barrier where there is no membarrier", "full_fence();",
            "compiler_barrier();"),
    section("no barrier on the owner's side", "bias.owner_barrier();                   // (2)", ""),
    section("the owner's barrier comes first",
            "word_.store(found_ + kStep, kRelease);  // (1)\n"
            "    bias.owner_barrier();                   // (2)",
            "bias.owner_barrier();\n    word_.store(found_ + kStep, kRelease);"),
    section("no barrier on the revoker's side", "bias.revoker_barrier();  // (5)", ""),
    section("the barrier comes after the look", "bias.revoker_barrier();  // (5)",
            "for (std::size_t i = 0; i < count; ++i) {\n"
            "  while ((word_of(i).load(kAcquire) & kStep) != 0) yield();\n}\n"
            "bias.revoker_barrier();\nif (count > 0) return;"),
    section("no wait", "while ((now & kStep) != 0 && now == first)", "while (false)"),
    section("one turn of the wait", "while ((now & kStep) != 0 && now == first)",
            "if ((now & kStep) != 0 && now == first)"),
    section("the wait ends only at an even word", " && now == first", ""),
    section("the first look is relaxed", "word.load(kAcquire);  // (6)", "word.load(kRelaxed);"),
    section("later looks are relaxed", "word.load(kAcquire);  // (6)", "word.load(kRelaxed);", 1),
    section("the first owner is not waited for", "for (std::size_t i = 0; i < count; ++i)",
            "for (std::size_t i = 1; i < count; ++i)"),
    section("the last owner is not waited for", "i < count; ++i", "i + 1 < count; ++i"),

    header("a drop does not look at the tag", "!wanted.fits(now) || !own::bears", "!own::bears"),
    header("an own word counts for any era", "|| !own::bears(word, now) ", ""),
    header("an own count goes below zero", " || (word & own::kCount) == end", ""),
    header("an acquire does not ask that the tag is current", "tag::kEra | tag::kCurrent,",
           "tag::kEra,  tag::of_era(era)}; return {tag::kEra | tag::kCurrent,"),
    words("a word of a frozen tag still bears it", "low(word) == (tag & tag::kLow)",
          "low(word) == (tag & tag::kLow & ~std::uint64_t{2})"),
    words("a word of a shared tag still bears it", "low(word) == (tag & tag::kLow)",
          "low(word) == (tag & tag::kLow & ~std::uint64_t{1})"),
    calls("a thread that is gone takes its count along", "base + count * (tag::kLow + 1)", "base"),
    calls("a thread that is gone counts twice", "2 * own::kTurn - count, kRelaxed",
          "2 * own::kTurn, kRelaxed"),
    calls("what threads that are gone held is of any era",
          "(before & tag::kLow) == (now & tag::kLow) ? before : now & tag::kLow", "before"),
    calls("a shared drop is relaxed", "count - 1, kRelease, kRelaxed", "count - 1, kRelaxed, kRelaxed"),
    calls("a shared count goes below zero", "while (count != 0)", "while (true)"),
    calls("a shared drop is a load and a store",
          "if (shared.compare_exchange_weak(count, count - 1, kRelease, kRelaxed)) return Did::kYes;",
          "{ shared.store(count - 1, kRelease); return Did::kYes; }"),
    calls("a shared change is outside of the section",
          "if ((now & tag::kShared) != 0) return change_shared(epoch, way);",
          "if ((now & tag::kShared) != 0) { section.~Section(); const Did did = change_shared(epoch, way);"
          " new (&section) Section(bias_, place.words[epoch]); return did; }"),
    calls("the tag is loaded relaxed", "table_.tags[epoch].load(kAcquire);",
          "table_.tags[epoch].load(kRelaxed);"),
    calls("frozen is not waited for",
          "if ((now & tag::kFrozen) != 0) return Did::kNeedsMutex;", ""),
    calls("another era is not refused", "if (!wanted.fits(now)) return Did::kOtherTag;", ""),
    calls("another era is not refused under the mutex",
          "if (!wanted.fits(tag_now(epoch))) return Did::kOtherTag;", ""),
    calls("nobody is stopped before the sum", "  freeze(bit(epoch));\n", ""),
    calls("a drop at zero is believed without a sum",
          "const bool none = way == Way::kDown && count == 0;",
          "const bool none = way == Way::kDown;"),
    calls("the sum is shared without the drop", ": count - 1);\n  thaw", ": count);\n  thaw"),
    calls("of several means of one", "? 1 : 2", "? 1 : 1"),
    calls("a drop of several does not look at the era",
          "!tag_of_era(incarnation.era).fits(now)", "false"),
    calls("no fence before a look at what is current", "sync::full_fence();", ""),
    calls("no fence before a look at a tag", "sync::full_fence();  // as in current()", ""),
    calls("what is current is told relaxed", "table_.current.load(kAcquire));\n}",
          "table_.current.load(kRelaxed));\n}"),
    calls("a tag is told relaxed", "table_.tags[epoch].load(kAcquire);",
          "table_.tags[epoch].load(kRelaxed);", 1),
    calls("a frozen tag is told", "if ((now & tag::kFrozen) == 0) return now;", "return now;"),
    frozen("sections are not revoked", "sync::revoke<own::kTurn>(", "if (count > 99) sync::revoke<own::kTurn>("),
    frozen("half of the sections is revoked", "places_.size() * count,", "places_.size() * count / 2,"),
    frozen("frozen tags are not told", "table_.tags[epoch].store(tag_now(epoch) | tag::kFrozen, kRelaxed);",
           ""),
    frozen("thawed tags are relaxed", "& ~tag::kFrozen, kRelease);", "& ~tag::kFrozen, kRelaxed);"),
    frozen("the sum leaves out who is gone", "? left / (tag::kLow + 1) : 0", "? 0 : 0"),
    frozen("who reads twice leaves out who is gone", "? left / (tag::kLow + 1) : 0", "? 0 : 0", 1),
    frozen("words are read once", "if (places_[i].words[epoch].load(kAcquire) != first[i]) return false;",
           ""),
    frozen("only the counts must be the same twice",
           "if (places_[i].words[epoch].load(kAcquire) != first[i]) return false;",
           "if (own::count(places_[i].words[epoch].load(kAcquire), now) != own::count(first[i], now))"
           " return false;"),
    frozen("the first reading is relaxed", "first[i] = places_[i].words[epoch].load(kAcquire);",
           "first[i] = places_[i].words[epoch].load(kRelaxed);"),
    frozen("a shared count is asked for relaxed", ".count.load(kAcquire);", ".count.load(kRelaxed);"),
    frozen("no fence before the count is asked for", "sync::full_fence();", ""),
    frozen("the next epoch is the following one", "if (frozen_count(follows) != 0) {",
           "if (frozen_count(follows) > 99) {"),
    frozen("the oldest is not looked for", "if (tag::era(tag_now(candidate)) < tag::era(tag_now(oldest)))",
           "if (i > 99)"),
    frozen("others are not stopped while the next one is chosen", "freeze(all & ~frozen);", ""),
    frozen("the tag of what opens comes before current",
           "table_.current.store((here.era + 1) * 16 + next, kRelease);\n"
           "  table_.tags[next].store(new_tag(next, here.era + 1), kRelease);",
           "table_.tags[next].store(new_tag(next, here.era + 1), kRelease);\n"
           "  table_.current.store((here.era + 1) * 16 + next, kRelease);"),
    frozen("the tag of what opens is relaxed", "here.era + 1), kRelease);", "here.era + 1), kRelaxed);"),
    frozen("the epoch left is still current", "(tag_now(here.epoch) & ~tag::kCurrent)", "tag_now(here.epoch)"),
    frozen("the epoch left is not stopped", "const std::uint32_t frozen = bit(here) | bit(",
           "const std::uint32_t frozen = bit("),
    frozen("the epoch that opens is not stopped",
           "const std::uint32_t frozen = bit(here) | bit((here + 1) % epochs_);",
           "const std::uint32_t frozen = bit(here);"),
    frozen("a closed tag is relaxed", "tag_now(epoch) | tag::kClosing, kRelease);",
           "tag_now(epoch) | tag::kClosing, kRelaxed);"),
    frozen("try_close looks without stopping anybody", "  freeze(bit(epoch));\n  if (frozen_count", "  if (frozen_count"),
    frozen("an exit looks without stopping anybody",
           "  freeze(bit(epoch));\n  const std::uint64_t now = tag_now(epoch) & ~tag::kFrozen;",
           "  const std::uint64_t now = tag_now(epoch) & ~tag::kFrozen;"),
    frozen("what follows a closed epoch is not stopped", "    freeze(follows);\n", ""),
    frozen("an exit never closes", "if (count <= 1 && (now", "if (count > 99 && (now"),
    frozen("an exit of a stale era drops", "if (!tag_of_era(incarnation.era).fits(tag_now(epoch))) return done;", ""),
)
