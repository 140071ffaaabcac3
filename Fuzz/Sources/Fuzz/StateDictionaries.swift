import CollapseCore
import Networks

/// The bytes as a list of arrays, a line each: its name and its shape, `fc.weight 10 512`.
func fuzzMapping(_ bytes: [UInt8]) throws {
  let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(200)
  let arrays = lines.compactMap { line -> (name: String, shape: Shape)? in
    let words = line.split(separator: " ")
    let sizes = words.dropFirst().compactMap { Int($0) }.filter { $0 >= 0 }
    return words.first.map { (String($0), Shape(sizes)) }
  }
  let state = try StateDictionary(arrays)
  let names = Set(arrays.map(\.name))
  for input in [[3, 32, 32], [1, 28, 28], [7]] as [Shape] {
    guard let readings = try? NetworkMapping.readings(of: state, input: input) else { continue }
    for reading in readings {
      // What is read takes arrays that are there, each of the shape its layer has.
      precondition(reading.pairs.allSatisfy { names.contains($0.source) })
      precondition(reading.architecture.output == [reading.classCount])
      _ = reading.difference(from: readings[0])
    }
  }
  _ = try NetworkMapping(
    state, to: NetworkDescription(kind: "mlp", widths: [8]), input: [7], classes: 3)
}
