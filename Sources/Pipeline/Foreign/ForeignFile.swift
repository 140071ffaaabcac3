import Arrays
import CollapseCore
import Files
import Networks

/// A file of arrays that hold a network which another framework trained.
struct ForeignFile {
  /// What tells the network's structure: the same for every checkpoint of one network.
  enum Structure: Hashable {
    case arrays(StateDictionary)
    case graph(OperatorGraph)
  }

  let path: String
  let structure: Structure
  private let source: any ArraySource

  /// - Parameter place: where the network is among the arrays: `ema`. Without it the dictionary that
  ///   training code usually calls so is looked for.
  init(_ path: String, at place: String?) throws {
    self.path = path
    if let file = try ONNXFile.open(path) {
      guard place == nil else {
        throw ImportedNetwork.refuse("\(path): a graph is one network, there is no '\(place!)'")
      }
      (source, structure) = (file.arrays, .graph(file.graph))
      return
    }
    source = try ArrayFile.open(path)
    let names = try source.names(limit: ForeignFile.mostArrays + 1)
    guard names.count <= ForeignFile.mostArrays else {
      throw ArrayFileError(
        file: path, problem: "it holds more than \(ForeignFile.mostArrays) arrays")
    }
    var arrays: [(name: String, shape: Shape)] = []
    for name in names {
      // What cannot be read is missed only if it is needed.
      if let array = try? source.array(name) { arrays.append((name, Shape(array.shape))) }
    }
    do {
      structure = .arrays(try StateDictionary(arrays, at: place).structure)
    } catch let error as NetworkError {
      throw error.located(in: path)
    }
  }

  private static let mostArrays = 100_000

  /// Epochs done, where the file says it beside the arrays.
  var epoch: Int? {
    for name in ["epoch", "epochs_done", "current_epoch", "last_epoch"] {
      if case .integer(let value)? = try? source.value(name), value >= 0 {
        return Int(exactly: value)
      }
    }
    return nil
  }

  /// The numbers of an array, in float32.
  func tensor(_ name: String) throws -> Tensor {
    let array = try source.array(name)
    let values = try array.readReals(nil)
    return Tensor(shape: Shape(array.shape), values: values.map { Float($0) })
  }
}
