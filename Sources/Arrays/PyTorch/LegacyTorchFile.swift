import CollapseCore
import Files

/// A file of PyTorch before 1.6, or of `torch.save(…, _use_new_zipfile_serialization=False)`: five
/// pickles — a magic number, a version, the system, the object, the names of the storages — and
/// then each storage, its length before its bytes.
enum LegacyTorchFile: ArrayFormat {
  /// PROTO 2, LONG1 of ten bytes: 0x1950a86a20f9469cfc6c.
  private static let magic: [UInt8] = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ]

  static func begins(_ start: FileStart) -> Bool { start.bytes.starts(with: magic) }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    let bytes = RandomAccessBytes(start.file)
    do {
      return try arrays(bytes, start.path).source
    } catch let fault as PickleFault {
      throw ArrayFileError(
        file: start.path, location: "byte \(fault.offset)", problem: fault.problem)
    } catch let fault as ArrayFault {
      throw ArrayFileError(file: start.path, problem: fault.problem)
    }
  }

  private static func arrays(_ bytes: RandomAccessBytes, _ file: String) throws -> PickledArrays {
    var offset = 0
    func next() throws -> (value: PickleValue, table: PickleInterpreter) {
      var interpreter = PickleInterpreter(bytes, from: offset)
      let value = try interpreter.load()
      offset = interpreter.end
      return (value, interpreter)
    }
    _ = try next()  // the magic number
    guard case .integer(1001) = try next().value else {
      throw ArrayFault("a file of PyTorch before 1.6 of another version than 1001")
    }
    let system = try next()
    let isBigEndian = !system.table.isTrue(system.value, at: "little_endian", otherwise: true)
    let (root, table) = try next()
    let content = try PickleContent(root, table)
    let keys = try next()
    guard case .list(let index) = keys.value else {
      throw ArrayFault("expected the list of storages, found \(keys.value.kind)")
    }
    // How long each is follows from what the tensors say of it.
    let sizes = Dictionary(
      table.tensors.map { ($0.storage.key, $0.storage) }, uniquingKeysWith: { first, _ in first })
    var places: [String: Range<Int>] = [:]
    for key in keys.table.lists[index] {
      guard case .string(let key) = key else {
        throw ArrayFault("\(key.kind) as the name of a storage")
      }
      guard let elementSize = sizes[key]?.elementSize else {
        // Of a type that is not read, or of no tensor: where the next one starts is not known.
        break
      }
      guard offset <= bytes.count - 8 else { throw ArrayFault("the storage '\(key)' is cut off") }
      let word = try bytes.bytes(offset..<offset + 8)
      let count = Int(clamping: word.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      let (size, overflow) = count.multipliedReportingOverflow(by: elementSize)
      guard !overflow, size <= bytes.count - offset - 8 else {
        throw ArrayFault(
          "the storage '\(key)' declares \(count) numbers of \(elementSize) bytes, "
            + "\(bytes.count - offset - 8) bytes are left")
      }
      places[key] = offset + 8..<offset + 8 + size
      offset += 8 + size
    }
    return PickledArrays(content: content, pickle: bytes, file: file) { [places] storage in
      guard let place = places[storage.key] else {
        throw ArrayFault("its storage '\(storage.key)' is not found in the file")
      }
      return (bytes[place], isBigEndian)
    }
  }
}

extension PickleInterpreter {
  /// The truth value under `key` of a dictionary.
  fileprivate func isTrue(
    _ value: PickleValue, at key: String, otherwise: Bool
  ) -> Bool {
    guard case .dictionary(let index) = value else { return otherwise }
    for (name, value) in dictionaries[index] {
      if case .string(key) = name { return isTrue(value) }
    }
    return otherwise
  }
}
