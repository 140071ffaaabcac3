import CollapseCore
import Files

/// A file that `torch.save` of PyTorch 1.6 or newer wrote: a zip archive with one pickle,
/// `…/data.pkl`, that says which tensors there are, and one entry, `…/data/0`, `…/data/1`, …,
/// per storage they lie in.
enum TorchArchive: ArrayFormat {
  static func begins(_ start: FileStart) -> Bool { start.archive != nil }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    guard let archive = start.archive,
      let name = archive.entryNames.first(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") })
    else { return nil }
    let prefix = String(name.dropLast("data.pkl".count))
    let pickle = try archive.randomAccess(name, limit: NPZArchive.unpackLimit)
    let content: PickleContent
    do {
      content = try PickleContent(pickle)
    } catch let fault as PickleFault {
      throw ArrayFileError(
        file: archive.path, location: "entry '\(name)', byte \(fault.offset)",
        problem: fault.problem)
    } catch let fault as ArrayFault {
      throw ArrayFileError(
        file: archive.path, location: "entry '\(name)'", problem: fault.problem)
    }
    let isBigEndian = try isBigEndian(archive, prefix)
    return PickledArrays(content: content, pickle: pickle, file: archive.path) { storage in
      (try bytes(of: storage, archive, prefix), isBigEndian)
    }.source
  }

  private static func bytes(
    of storage: TensorStorage, _ archive: ZipArchive, _ prefix: String
  ) throws -> RandomAccessBytes {
    let name = "\(prefix)data/\(storage.key)"
    guard let entry = archive[name] else {
      throw ArrayFault("its storage '\(name)' is not in the archive")
    }
    guard storage.byteCount == entry.size else {
      throw ArrayFault(
        "its storage '\(name)' should hold \(storage.extent), found \(entry.size) bytes")
    }
    return try archive.randomAccess(name, limit: NPZArchive.unpackLimit)
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
      throw ArrayFileError(
        file: archive.path, location: "entry '\(name)'",
        problem: "byte order '\(order)', expected 'little' or 'big'")
    }
  }
}

extension TensorStorage {
  /// Bytes per element; without a type the count is one of bytes.
  var elementSize: Int? {
    switch element {
    case .format(let format): ElementType(format).size
    case .untyped: 1
    case .other(let name):
      ["ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4][
        name.dropFirst("torch.".count).dropLast("Storage".count)]
    }
  }

  /// The bytes it says it has; `nil` where no file has so many, or their size is not known.
  var byteCount: Int? {
    guard let elementSize, count >= 0 else { return nil }
    let (bytes, overflow) = Int(count).multipliedReportingOverflow(by: elementSize)
    return overflow ? nil : bytes
  }

  /// `6 numbers of 4 bytes`.
  var extent: String {
    elementSize == 1 ? "\(count) bytes" : "\(count) numbers of \(elementSize ?? 0) bytes"
  }
}
