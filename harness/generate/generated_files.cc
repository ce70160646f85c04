#include "harness/generate/generated_files.h"

#include "harness/generate/fields_reference.h"
#include "harness/generate/public_header.h"
#include "render/findings.h"
#include "render/schema.h"

namespace temporal_slab::harness {

std::vector<GeneratedFile> generated_files() {
  return {
      {"schemas/stats_v1.schema.json", render::render_schema()},
      {"schemas/findings_v1.schema.json", render::render_findings_schema()},
      {"schemas/FIELDS.md", fields_reference()},
      {"lib/include/temporal_slab/slab_stats.h", public_stats_header()},
  };
}

}  // namespace temporal_slab::harness
