// monotonic_ns() and realtime_ns(), which the explorer counts in steps.
#pragma once

#include "sync/atomic.h"
