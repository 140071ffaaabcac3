/// How one number of a dataset is stored.
struct ElementType: Sendable, Hashable, CustomStringConvertible {
  enum Format: String, Sendable, Hashable {
    case float16, bfloat16, float32, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
  }

  var format: Format
  /// Whether the most significant byte comes first.
  var isBigEndian = false

  /// Bytes per number.
  var size: Int {
    switch format {
    case .int8, .uint8: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  var isInteger: Bool {
    switch format {
    case .float16, .bfloat16, .float32, .float64: false
    default: true
    }
  }

  /// Whether a float32 holds every value: floats up to that width, integers up to 24 bits.
  var fitsFloat32: Bool {
    switch format {
    case .float16, .bfloat16, .float32, .int8, .uint8, .int16, .uint16: true
    default: false
    }
  }

  /// Whether the bytes in the file are those of `format` in memory.
  var isNative: Bool { size == 1 || isBigEndian == (1.bigEndian == 1) }

  /// `big-endian float32`.
  var description: String {
    (isBigEndian && size > 1 ? "big-endian " : "") + format.rawValue
  }
}
