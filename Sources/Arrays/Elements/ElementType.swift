/// How one number of a dataset is stored.
public struct ElementType: Sendable, Hashable, CustomStringConvertible {
  /// The kind of number and its width, whatever the order of its bytes.
  public enum Format: String, Sendable, Hashable {
    /// IEEE 754 half precision, 2 bytes.
    case float16
    /// The upper half of a float32, 2 bytes.
    case bfloat16
    /// IEEE 754 single precision, 4 bytes.
    case float32
    /// IEEE 754 double precision, 8 bytes.
    case float64
    /// A signed integer of 1 byte.
    case int8
    /// A signed integer of 2 bytes.
    case int16
    /// A signed integer of 4 bytes.
    case int32
    /// A signed integer of 8 bytes.
    case int64
    /// An unsigned integer of 1 byte; where a format has no other, a truth value too.
    case uint8
    /// An unsigned integer of 2 bytes, or the bits of a bfloat16: see ``UInt16Meaning``.
    case uint16
    /// An unsigned integer of 4 bytes.
    case uint32
    /// An unsigned integer of 8 bytes.
    case uint64
  }

  /// The kind of number and its width.
  public var format: Format
  /// Whether the most significant byte comes first.
  public var isBigEndian: Bool

  /// Numbers of a format, least significant byte first unless told otherwise.
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

  /// Whether the numbers are integers, signed or not.
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
