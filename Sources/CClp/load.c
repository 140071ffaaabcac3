#include "CClp.h"

#include <dlfcn.h>
#include <stddef.h>

const cclp_functions *cclp_load(const char **problem) {
  static cclp_functions functions;
  static const char *const names[] = {"libClp.so.1", "libClp.so", "libClp.dylib",
                                      "/opt/homebrew/lib/libClp.dylib", NULL};
  void *library = NULL;
  for (const char *const *name = names; *name && !library; name++)
    library = dlopen(*name, RTLD_LAZY | RTLD_LOCAL);
#define FOUND(name) (functions.name = (__typeof__(functions.name))dlsym(library, "Clp_" #name))
  if (library && FOUND(Version) && FOUND(newModel) && FOUND(deleteModel) && FOUND(setLogLevel) &&
      FOUND(loadProblem) && FOUND(primal) && FOUND(status))
    return &functions;
  *problem = dlerror();
  if (!*problem) *problem = "a function is missing";
  return NULL;
}
