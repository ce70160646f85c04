// The same workloads as Google Benchmarks, to be filtered and profiled one by one.
#pragma once

namespace temporal_slab::bench {

void register_benchmarks();

}  // namespace temporal_slab::bench
