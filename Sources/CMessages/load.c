#include "CMessages.h"

#include <dlfcn.h>

const messages *messages_load(const char *path, int used, const char **problem) {
  void *library = dlopen(path, RTLD_NOW | (used ? RTLD_GLOBAL : RTLD_LOCAL));
  if (!library) {
    *problem = dlerror();
    return 0;
  }
  messages_entry entry = (messages_entry)dlsym(library, CMESSAGES_ENTRY);
  if (!entry) {
    *problem = "it is no adapter: it has no " CMESSAGES_ENTRY;
    return 0;
  }
  const messages *table = entry();
  if (table->version != CMESSAGES_VERSION) {
    *problem = "it was made for another version of collapse: make it again";
    return 0;
  }
  return table;
}
