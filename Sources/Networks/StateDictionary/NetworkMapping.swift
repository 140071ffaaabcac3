public import CollapseCore

/// How the arrays of a state dictionary become those of a network here.
public struct NetworkMapping: Sendable {
  /// An array of the network here and the one it is taken from.
  public struct Pair: Sendable, Hashable {
    /// As in checkpoints: `parameters/conv1/weight`.
    public let name: String
    /// Its name in the file.
    public let source: String
    /// The shape of both.
    public let shape: Shape
    /// Whether the file has a matrix's columns as rows.
    public var isTransposed = false
  }

  /// The network here, of kind `custom`.
  public let network: NetworkDescription
  /// The network with the shapes of everything in it.
  public let architecture: Architecture
  /// In the order of the network's layers.
  public let pairs: [Pair]
  /// Arrays that the file does not hold, as they are known without it.
  public let constants: [(name: String, values: Tensor)]
  /// What the arrays do not tell and was taken for granted.
  public let assumptions: [String]
  /// Those of the assumptions that have an alternative.
  public let questions: [StructureQuestion]
  /// The questions whose unusual answer was taken.
  public let unusual: Set<StructureQuestion>

  /// The number of the classifier's outputs.
  public var classCount: Int { architecture.output[0] }

  /// A sentence for each question that another reading answers otherwise.
  public func difference(from other: NetworkMapping) -> String {
    Set(questions + other.questions).sorted { $0.rawValue < $1.rawValue }
      .filter { unusual.contains($0) != other.unusual.contains($0) }
      .map { $0.sentence(isUsual: !unusual.contains($0)) }.joined(separator: ", ")
  }
}

extension NetworkMapping {
  /// Every network whose structure the arrays fit, those with the usual answers first.
  ///
  /// Order and shapes of the arrays and the numbers in their names decide; names do not. What
  /// remains open (``StructureQuestion``) is answered in every way that leads to a network.
  ///
  /// - Parameters:
  ///   - input: the shape of one sample.
  ///   - epsilon: ε of the batch normalizations, which no array holds.
  /// - Throws: ``NetworkError`` of kind `badInput` that names what does not fit.
  public static func readings(
    of state: StateDictionary, input: Shape, epsilon: Double = 1e-5
  ) throws -> [NetworkMapping] {
    let modules = try state.modules()
    guard let last = modules.last, last.kind == .dense else {
      throw StateDictionary.refuse(
        "its last layer '\(modules.last?.path ?? "")' is no dense one, as a classifier is")
    }
    var readings: [NetworkMapping] = []
    var seen: Set<Architecture> = []
    var tried: Set<Set<StructureQuestion>> = [[]]
    var waiting: [Set<StructureQuestion>] = [[]]
    var firstError: (any Error)?
    while !waiting.isEmpty, readings.count < mostReadings {
      let unusual = waiting.removeFirst()
      var reader = StructureReader(modules, input: input, unusual: unusual, epsilon: epsilon)
      do {
        try reader.read()
        let mapping = try NetworkMapping(reader, modules, unusual)
        if seen.insert(mapping.architecture).inserted { readings.append(mapping) }
      } catch let error as NetworkError {
        firstError = firstError ?? error
      }
      for question in reader.asked {
        let next = unusual.union([question])
        if tried.insert(next).inserted { waiting.append(next) }
      }
    }
    guard readings.isEmpty else { return readings }
    throw firstError ?? StateDictionary.refuse("its structure is none that is known here")
  }

  private static let mostReadings = 32

  private init(
    _ reader: StructureReader, _ modules: [StateModule], _ unusual: Set<StructureQuestion>
  ) throws {
    network = NetworkDescription(kind: "custom", layers: reader.layers)
    architecture = try Architecture(reader.layers, input: reader.input)
    let byName = Dictionary(modules.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    constants = reader.constants.map { ("parameters/\($0.layer)/weight", $0.values) }
    let known = Set(constants.map(\.name))
    pairs = try architecture.storedArrays.compactMap { layer, name, shape in
      let leaf = String(name.split(separator: "/").last!)
      if known.contains(name) { return nil }
      guard let source = byName[layer]?.arrays[leaf] else {
        throw reader.refuse("there is no '\(leaf)' for layer '\(layer)'")
      }
      return Pair(name: name, source: source.source, shape: shape)
    }
    assumptions =
      reader.assumptions
      + reader.asked.map { $0.sentence(isUsual: !unusual.contains($0)) }
    questions = reader.asked
    self.unusual = unusual
  }
}

extension NetworkMapping {
  /// The arrays of a network that is known: each by its name, or all by their order and shapes.
  ///
  /// - Throws: ``NetworkError`` naming the first array that does not fit.
  public init(
    _ state: StateDictionary, to network: NetworkDescription, input: Shape, classes: Int
  ) throws {
    self.network = network
    architecture = try network.architecture(input: input, classes: classes)
    let stored = architecture.storedArrays
    let byName = Dictionary(
      state.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    func name(_ layer: String, _ name: String) -> String {
      layer + "." + name.split(separator: "/").last!
    }
    let areNamed = stored.allSatisfy { byName[name($0.layer, $0.name)] != nil }
    let entries =
      areNamed
      ? stored.map { byName[name($0.layer, $0.name)]! }
      : state.entries.filter {
        !$0.name.hasSuffix("num_batches_tracked") && $0.name != "n_averaged"
      }
    for (array, entry) in zip(stored, entries) where array.shape != entry.shape {
      throw StateDictionary.refuse(
        "'\(entry.source)' is of shape \(entry.shape), '\(array.name)' of the network described "
          + "takes \(array.shape)")
    }
    guard entries.count == stored.count else {
      throw StateDictionary.refuse(
        "the network described has \(stored.count) arrays, found \(entries.count)"
          + (entries.count > stored.count
            ? "; '\(entries[stored.count].source)' is the first without a place" : ""))
    }
    pairs = zip(stored, entries).map { Pair(name: $0.name, source: $1.source, shape: $0.shape) }
    constants = []
    assumptions =
      ["the network is the one described"]
      + (areNamed ? [] : ["its arrays are in the order of the description"])
    questions = []
    unusual = []
  }
}

extension Architecture {
  /// What a checkpoint holds of every layer, parameters and then running moments, in order of
  /// execution.
  var storedArrays: [(layer: String, name: String, shape: Shape)] {
    allLayers.flatMap { place in
      place.parameters.map { (place.name, "parameters/\(place.name)/\($0.name)", $0.shape) }
        + place.statistics.map {
          (place.name, "statistics/\(place.name)/\($0.name)", [$0.count])
        }
    }
  }
}
