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
            "  wait_until_left<kStep>(word_of(i));\n}\n"
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
)
