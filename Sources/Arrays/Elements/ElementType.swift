/// How one number of a dataset is stored.
public struct ElementType: Sendable, Hashable, CustomStringConvertible {
  public enum Format: String, Sendable, Hashable {
    case float16, bfloat16, float32, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
  }

  public var format: Format
  /// Whether the most significant byte comes first.
  public var isBigEndian: Bool

  public init(_ format: Format, isBigEndian: Bool = false) {
    self.format = format
    self.isBigEndian = isBigEndian
  }

  /// Bytes per number.
  public var size: Int {
    switch format {
    case .int8, .uint8: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  public var isInteger: Bool {
    switch format {
    case .float16, .bfloat16, .float32, .float64: false
    default: true
    }
  }

  /// Whether a float32 holds every value: floats up to that width, integers up to 24 bits.
  public var fitsFloat32: Bool {
    switch format {
    case .float16, .bfloat16, .float32, .int8, .uint8, .int16, .uint16: true
    default: false
    }
  }

  /// Whether the bytes in the file are those of `format` in memory.
  public var isNative: Bool { size == 1 || isBigEndian == (1.bigEndian == 1) }

  /// `big-endian float32`.
  public var description: String {
    (isBigEndian && size > 1 ? "big-endian " : "") + format.rawValue
  }
}
