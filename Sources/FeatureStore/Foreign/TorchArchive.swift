import CollapseCore
import Files

/// A file that `torch.save` of PyTorch 1.6 or newer wrote: a zip archive with one pickle,
/// `…/data.pkl`, that says which tensors there are, and one entry, `…/data/0`, `…/data/1`, …,
/// per storage they lie in.
enum TorchArchive {
  /// The name of the archive's pickle, or `nil` when it is no such archive.
  static func pickleName(in archive: ZipArchive) -> String? {
    archive.entryNames.first { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
  }

  static func arrays(_ archive: ZipArchive, pickle: String) throws -> NamedArrays {
    let prefix = String(pickle.dropLast("data.pkl".count))
    let content: PickleContent
    do {
      content = try PickleContent(archive.read(pickle, limit: PickleInterpreter.longest))
    } catch let fault as PickleFault {
      throw FeatureStoreError(
        file: archive.path, location: "entry '\(pickle)', byte \(fault.offset)",
        problem: fault.problem)
    } catch let fault as ArrayFault {
      throw FeatureStoreError(
        file: archive.path, location: "entry '\(pickle)'", problem: fault.problem)
    }
    let isBigEndian = try isBigEndian(archive, prefix)
    return NamedArrays(
      file: archive.path, noun: "tensor", names: content.names, attributes: content.attributes
    ) { name in
      switch content.items[name]! {
      case .tensor(let tensor):
        try array(tensor, archive, prefix: prefix, isBigEndian: isBigEndian)
      case .integers(let values):
        try NumericArray(.init(format: .int64), inMemory: values.map { UInt64(bitPattern: $0) })
      case .doubles(let values):
        try NumericArray(.init(format: .float64), inMemory: values.map(\.bitPattern))
      }
    }
  }

  private static func array(
    _ tensor: PickledTensor, _ archive: ZipArchive, prefix: String, isBigEndian: Bool
  ) throws -> NumericArray {
    let element = ElementType(format: tensor.format, isBigEndian: isBigEndian)
    let storage = "\(prefix)data/\(tensor.storage.key)"
    guard let entry = archive[storage] else {
      throw ArrayFault("its storage '\(storage)' is not in the archive")
    }
    // Without a type the count is one of bytes.
    let unit = tensor.storage.format == nil ? 1 : element.size
    let (size, overflow) = Int(tensor.storage.count).multipliedReportingOverflow(by: unit)
    guard !overflow, size == entry.size else {
      throw ArrayFault(
        "its storage '\(storage)' should hold \(tensor.storage.count) "
          + (unit == 1 ? "bytes" : "numbers of \(unit) bytes") + ", found \(entry.size) bytes")
    }
    let bytes = try archive.randomAccess(storage, limit: NPYFile.unpackLimit)
    let (start, startOverflow) = Int(tensor.offset).multipliedReportingOverflow(by: element.size)
    guard !startOverflow, 0 <= start, start <= bytes.count else {
      throw ArrayFault("it starts at element \(tensor.offset) of a storage of \(size) bytes")
    }
    return try NumericArray(
      element, shape: tensor.shape.map { Int($0) }, strides: tensor.strides.map { Int($0) },
      bytes: bytes[start..<bytes.count])
  }

  /// Archives of PyTorch before 2.1 do not say, and are little-endian but for rare machines.
  private static func isBigEndian(_ archive: ZipArchive, _ prefix: String) throws -> Bool {
    let name = "\(prefix)byteorder"
    guard archive[name] != nil else { return false }
    let order = String(decoding: try archive.read(name, limit: 16), as: UTF8.self)
    switch order {
    case "little": return false
    case "big": return true
    default:
      throw FeatureStoreError(
        file: archive.path, location: "entry '\(name)'",
        problem: "byte order '\(order)', expected 'little' or 'big'")
    }
  }
}

extension NumericArray {
  /// A list of 64-bit numbers held in memory.
  init(_ element: ElementType, inMemory words: [UInt64]) throws(ArrayFault) {
    var element = element
    element.isBigEndian = 1.bigEndian == 1
    let bytes = words.withUnsafeBytes { Array($0) }
    try self.init(element, shape: [words.count], bytes: RandomAccessBytes(bytes))
  }
}
