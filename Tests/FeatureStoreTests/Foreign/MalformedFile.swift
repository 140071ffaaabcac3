import Arrays
import CollapseCore
import FeatureStore
import TestSupport
import Testing

/// Bytes that are no feature file, and the sentence they are refused with.
struct MalformedFile: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  /// Where in the file, as the message begins after its path; empty for the whole.
  let location: String
  let problem: String

  init(_ description: String, _ bytes: [UInt8], at location: String = "", _ problem: String) {
    (testDescription, self.bytes, self.location, self.problem) =
      (description, bytes, location, problem)
  }

  /// Expects opening the bytes as a file called `name` to be refused in exactly these words.
  func expectRefusal(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let folder = TemporaryFolder()
    let path = folder.write(bytes, to: name)
    var options = FeatureFileOptions()
    options.requiresLabels = false
    let error = #expect(throws: ArrayFileError.self, sourceLocation: sourceLocation) {
      try FeatureSet(path, options: options)
    }
    let place = location.isEmpty ? path : "\(path), \(location)"
    #expect(error?.description == "\(place): \(problem)", sourceLocation: sourceLocation)
    #expect(error?.kind == .badInput, sourceLocation: sourceLocation)
  }
}
