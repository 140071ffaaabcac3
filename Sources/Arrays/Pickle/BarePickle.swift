import CollapseCore
import Files

/// A pickle that is a file by itself: `pickle.dump` of a dictionary of NumPy arrays.
enum BarePickle: ArrayFormat {
  /// PROTO of protocols 2 to 5; older ones begin like text.
  static func begins(_ start: FileStart) -> Bool {
    start.bytes.count > 1 && start.bytes[0] == 0x80 && 2...5 ~= start.bytes[1]
  }

  static func open(_ start: FileStart) throws -> (any ArraySource)? {
    let bytes = RandomAccessBytes(start.file)
    do {
      return PickledArrays(content: try PickleContent(bytes), pickle: bytes, file: start.path) {
        _ in
        throw ArrayFault("a tensor whose numbers are in another file")
      }.source
    } catch let fault as PickleFault {
      throw ArrayFileError(
        file: start.path, location: "byte \(fault.offset)", problem: fault.problem)
    } catch let fault as ArrayFault {
      throw ArrayFileError(file: start.path, problem: fault.problem)
    }
  }
}
