#pragma once
#include <zlib.h>

// inflateInit2 is a macro that passes the header's version and structure size; Swift imports no
// such macro. 16 asks for a gzip wrapper, whose CRC-32 and length zlib then checks.
static inline int czlib_gzip_inflate_init(z_stream *stream) {
  return inflateInit2(stream, 16 + MAX_WBITS);
}
