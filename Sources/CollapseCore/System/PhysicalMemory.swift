import LibC

/// The memory of the machine this process runs on.
public enum PhysicalMemory {
  /// Bytes there are in all.
  public static var byteCount: Int {
    Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
