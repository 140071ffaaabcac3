import CollapseCore
import Files
import FoundationEssentials

/// A safetensors file: a length, a JSON table of tensors, and their bytes in one block.
enum SafetensorsFile: ArrayFormat {
  /// What the format's reference implementation accepts.
  private static let longestHeader = 100_000_000

  /// A plausible length, then a brace.
  static func begins(_ start: FileStart) -> Bool {
    start.bytes.count > 8 && start.bytes[8] == UInt8(ascii: "{")
  }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    let file = start.file
    do {
      return try parse(file)
    } catch let fault as ArrayFault {
      throw ArrayFileError(file: file.path, problem: fault.problem)
    } catch let fault as TensorFault {
      throw ArrayFileError(
        file: file.path, location: "tensor '\(fault.name)'", problem: fault.problem)
    }
  }

  private struct TensorFault: Error {
    let name: String
    let problem: String
  }

  /// One row of the table; `nil` for the entry `__metadata__`.
  private struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  private struct Header: Decodable {
    var tensors: [String: Entry] = [:]
    var metadata: [String: String] = [:]

    private struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let table = try decoder.container(keyedBy: Name.self)
      for key in table.allKeys {
        if key.stringValue == "__metadata__" {
          metadata = try table.decode([String: String].self, forKey: key)
        } else {
          do {
            tensors[key.stringValue] = try table.decode(Entry.self, forKey: key)
          } catch is DecodingError {
            throw TensorFault(
              name: key.stringValue,
              problem: "expected 'dtype', 'shape' and 'data_offsets' in the header")
          }
        }
      }
    }
  }

  private static func parse(_ file: RandomAccessFile) throws -> NamedArrays {
    guard file.size >= 8 else { throw ArrayFault("no safetensors header in \(file.size) bytes") }
    let word = try file.bytes(0..<8)
    let length = Int(clamping: word.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    guard length <= longestHeader else {
      throw ArrayFault("a safetensors header of \(length) bytes, expected at most \(longestHeader)")
    }
    guard length <= file.size - 8 else {
      throw ArrayFault("a safetensors header of \(length) bytes in a file of \(file.size)")
    }
    let text = try file.bytes(8..<8 + length)
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(text))
    } catch let fault as TensorFault {
      throw fault
    } catch {
      throw ArrayFault("a safetensors header that is no JSON table of tensors")
    }
    let data = RandomAccessBytes(file, 8 + length..<file.size)
    let ranges = try checkedRanges(header.tensors, available: data.count)
    let names = header.tensors.keys.sorted {
      (ranges[$0]!.lowerBound, ranges[$0]!.upperBound, $0)
        < (ranges[$1]!.lowerBound, ranges[$1]!.upperBound, $1)
    }
    return NamedArrays(
      file: file.path, noun: "tensor", names: names,
      attributes: header.metadata.mapValues(attribute)
    ) { name in
      let entry = header.tensors[name]!
      guard let format = formats[entry.dtype] else {
        throw ArrayFault("elements of type '\(entry.dtype)' are not read")
      }
      let element = ElementType(format, isBigEndian: false)
      let bytes = data[ranges[name]!]
      guard element.byteCount(of: entry.shape) == bytes.count else {
        throw ArrayFault(
          "shape \(entry.shape) of \(element) does not fit its \(bytes.count) bytes")
      }
      return [try NumericArray(element, shape: entry.shape, bytes: bytes)]
    }
  }

  /// What a text of the metadata means: the format has no other values, so programs write numbers,
  /// truth values and lists of names as text.
  private static func attribute(_ text: String) -> AttributeValue {
    if let value = Int64(text) { return .integer(value) }
    if let value = Double(text), value.isFinite { return .double(value) }
    switch text {
    case "true", "True": return .boolean(true)
    case "false", "False": return .boolean(false)
    default:
      let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
      return names.map { .strings($0) } ?? .string(text)
    }
  }

  /// Where each tensor's bytes are: together they fill the block without gap or overlap, as the
  /// format demands, so a table in which two names share bytes is caught.
  private static func checkedRanges(
    _ tensors: [String: Entry], available: Int
  ) throws -> [String: Range<Int>] {
    var ranges: [String: Range<Int>] = [:]
    for (name, entry) in tensors.sorted(by: { $0.key < $1.key }) {
      let offsets = entry.offsets
      guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= available
      else {
        throw TensorFault(
          name: name,
          problem: "data_offsets \(offsets) do not lie in the file's \(available) bytes of data")
      }
      ranges[name] = offsets[0]..<offsets[1]
    }
    var end = 0
    var last = "the header"
    let order = ranges.sorted {
      ($0.value.lowerBound, $0.value.upperBound, $0.key)
        < ($1.value.lowerBound, $1.value.upperBound, $1.key)
    }
    for (name, range) in order {
      guard range.lowerBound == end else {
        throw TensorFault(
          name: name,
          problem: range.lowerBound < end
            ? "data_offsets [\(range.lowerBound), \(range.upperBound)] overlap those of '\(last)'"
            : "\(range.lowerBound - end) bytes before it belong to no tensor")
      }
      (end, last) = (range.upperBound, name)
    }
    guard end == available else {
      throw ArrayFault("\(available - end) bytes after the last tensor belong to none")
    }
    return ranges
  }

  private static let formats: [String: ElementType.Format] = [
    "F16": .float16, "BF16": .bfloat16, "F32": .float32, "F64": .float64,
    "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64,
    "U8": .uint8, "U16": .uint16, "U32": .uint32, "U64": .uint64, "BOOL": .uint8,
  ]
}
