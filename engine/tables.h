// What a build of the engine holds. Natively it is everything; as WebAssembly each lab is a module with the ops and layers of its
// families, and the package's module has all of them but no lab. Only tables.cpp differs from module to module: what no table
// names, the linker leaves out.
#pragma once

namespace pg {

/// Of ops and layers. A lab names those it builds models from (labs/labs.def).
enum Family : unsigned { dense = 1, attention = 2, recurrent = 4, planes = 8, parts = 16, boxes = 32 };

}  // namespace pg
