import CollapseCore

/// The arrays of one layer of a foreign network.
struct StateModule: Sendable {
  enum Kind: Sendable {
    case convolution, dense, normalization
    /// A scale without running moments: layer normalization, group normalization, and batch
    /// normalization without them all look so.
    case scale
  }

  /// `layer1.0.conv1`.
  let path: String
  let kind: Kind
  /// By their last names: `weight`, `bias`, `running_mean`, `running_var`.
  let arrays: [String: StateDictionary.Entry]

  /// The name of the layer here; of a network that is one layer, as the others call it.
  var name: String { path.isEmpty ? "classifier" : path }

  var outputs: Int { shape[0] }
  /// Of a convolution or a dense layer.
  var inputs: Int { shape[1] }
  /// Height and width of the kernel.
  var kernel: [Int] { Array(shape.dimensions.dropFirst(2)) }
  /// Height of a kernel that is square, else 0.
  var side: Int { kernel.count == 2 && kernel[0] == kernel[1] ? kernel[0] : 0 }
  var hasBias: Bool { arrays["bias"] != nil }

  private var shape: Shape { (arrays["weight"] ?? arrays["running_mean"]!).shape }

  /// The place in a numbered sequence, and what it is a place of: `features.3` is 3 of `features`.
  var place: (sequence: Substring, index: Int)? {
    guard let dot = path.lastIndex(of: ".") else { return Int(path).map { ("", $0) } }
    return Int(path[path.index(after: dot)...]).map { (path[..<dot], $0) }
  }
}

extension StateDictionary {
  private static let leaves: Set<Substring> = ["weight", "bias", "running_mean", "running_var"]

  /// The layers that have arrays, in the order of the dictionary.
  ///
  /// - Throws: ``NetworkError`` naming an array that none of our layers has.
  func modules() throws -> [StateModule] {
    var paths: [String] = []
    var groups: [String: [String: Entry]] = [:]
    for entry in entries {
      let dot = entry.name.lastIndex(of: ".")
      let leaf = dot.map { entry.name[entry.name.index(after: $0)...] } ?? entry.name[...]
      let path = dot.map { String(entry.name[..<$0]) } ?? ""
      // Counters, which decide on nothing.
      if leaf == "num_batches_tracked" || entry.name == "n_averaged" { continue }
      guard Self.leaves.contains(leaf) else {
        throw Self.refuse(
          "none of our layers has an array like '\(entry.name)' of shape \(entry.shape)")
      }
      if groups[path] == nil { paths.append(path) }
      groups[path, default: [:]][String(leaf)] = entry
    }
    return try paths.map { try Self.module($0, groups[$0]!) }
  }

  private static func module(_ path: String, _ arrays: [String: Entry]) throws -> StateModule {
    func module(_ kind: StateModule.Kind) -> StateModule {
      StateModule(path: path, kind: kind, arrays: arrays)
    }
    // Beyond this no product of sizes could be counted, nor any such array be had.
    if let (leaf, array) = arrays.first(where: { $1.shape.dimensions.contains { $0 > 1 << 28 } }) {
      throw refuse("'\(path).\(leaf)' is of shape \(array.shape), larger than any array here")
    }
    let weight = arrays["weight"]?.shape
    func check(_ leaf: String, _ count: Int) throws {
      if let shape = arrays[leaf]?.shape, shape != [count] {
        throw refuse("'\(path).\(leaf)' is of shape \(shape), expected \(count)")
      }
    }
    if let mean = arrays["running_mean"]?.shape {
      guard mean.rank == 1, mean[0] > 0, arrays["running_var"] != nil else {
        throw refuse("'\(path)' has running means and no running variances of their shape")
      }
      for leaf in ["weight", "bias", "running_var"] { try check(leaf, mean[0]) }
      return module(.normalization)
    }
    guard let weight else {
      throw refuse(
        "'\(path)' has no weight; it has \(arrays.keys.sorted().joined(separator: ", "))")
    }
    guard weight.dimensions.allSatisfy({ $0 > 0 }) else {
      throw refuse("'\(path).weight' is empty")
    }
    if let outputs = weight.dimensions.first { try check("bias", outputs) }
    switch weight.rank {
    case 4: return module(.convolution)
    case 2: return module(.dense)
    case 1: return module(.scale)
    default:
      throw refuse("'\(path).weight' is of shape \(weight), which none of our layers has")
    }
  }
}
