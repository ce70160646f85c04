// What a plugin that contains the library gives to the program which loads it.
#pragma once

extern "C" {

struct LoadingPlugin {
  // The allocators: two, so that threads remember more than one.
  void* (*begin)(int published);
  // By a thread of the program's: objects, references and domains in both. 0, or the line that
  // failed.
  int (*work)(void* state);
  void (*end)(void* state);
  // Whether the calling thread has a heap in the first allocator, alone at work.
  int (*has_heap)(void* state);
};

const LoadingPlugin* loading_plugin();
}
