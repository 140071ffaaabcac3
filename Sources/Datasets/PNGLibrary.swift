import CPNG

/// The library that decodes PNG.
public enum PNGLibrary {
  /// The version of libpng: `1.6.39`.
  public static var version: String { String(cString: png_get_libpng_ver(nil)) }
}
