import CHDF5

/// The library that reads and writes HDF5.
public enum HDF5Version {
  /// `1.10.8`.
  public static var linked: String {
    var major: UInt32 = 0
    var minor: UInt32 = 0
    var release: UInt32 = 0
    _ = H5get_libversion(&major, &minor, &release)
    return "\(major).\(minor).\(release)"
  }
}
