/// The C library of the system, under one name on every system: the one place that knows which.
///
/// A module of its own rather than a re-export of `CollapseCore`'s: clients of the libraries do not
/// find the names of C among theirs.
#if canImport(Glibc)
  @_exported public import Glibc
#elseif canImport(Musl)
  @_exported public import Musl
#elseif canImport(Darwin)
  @_exported public import Darwin
#endif
