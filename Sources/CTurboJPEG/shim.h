#pragma once
#include <turbojpeg.h>
#if __has_include(<jconfig.h>)
#include <jconfig.h>
#endif

// The version is a macro of digits and dots without quotes.
#define CTURBOJPEG_QUOTED(version) #version
#define CTURBOJPEG_TEXT(version) CTURBOJPEG_QUOTED(version)
static inline const char *cturbojpeg_version(void) {
#ifdef LIBJPEG_TURBO_VERSION
  return CTURBOJPEG_TEXT(LIBJPEG_TURBO_VERSION);
#else
  return "unknown";
#endif
}
