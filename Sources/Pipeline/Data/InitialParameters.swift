import Arrays
import CollapseCore
import Files

/// The arrays a training begins with, from a file of any format that holds arrays.
struct InitialParameters {
  let path: String

  init?(_ path: String?) {
    guard let path else { return nil }
    self.path = path
  }

  /// All arrays of the file that are numbers, in float32.
  func read() throws -> NamedTensors {
    let source = try ArrayFile.open(path)
    var arrays = NamedTensors()
    for name in try source.names(limit: 100_000) {
      let array = try source.array(name)
      arrays[name] = Tensor(
        shape: Shape(array.shape), values: try array.readReals(nil).map { Float($0) })
    }
    return arrays
  }

  /// SHA-256 of the file, by which a stage knows that it is another; `nil` where it cannot be read,
  /// which whoever reads it will say.
  var digest: String? { try? Digest.sha256(fileAt: path) }
}
