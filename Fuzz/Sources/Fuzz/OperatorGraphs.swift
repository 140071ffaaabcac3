import Arrays
import CollapseCore
import Files
import Networks

/// The bytes as an ONNX file: the graph and its arrays, the classifier, and our layers for it.
func fuzzONNX(_ bytes: [UInt8]) throws {
  try withTemporaryFile(bytes) { path in
    guard let file = try ONNXFile.open(path) else { return }
    for name in try file.arrays.names(limit: 100) {
      guard let array = try? file.arrays.array(name) else { continue }
      _ = try? array.readReals(.integer)
    }
    _ = try? GraphHead(file.graph)
    for input in [[3, 8, 8], [1, 28, 28], [4]] as [Shape] {
      guard let mapping = try? NetworkMapping(file.graph, input: input) else { continue }
      // What is read takes arrays that are there, each of the shape its layer has.
      precondition(mapping.pairs.allSatisfy { file.graph.constants[$0.source] != nil })
      precondition(mapping.architecture.output == [mapping.classCount])
    }
  }
}
