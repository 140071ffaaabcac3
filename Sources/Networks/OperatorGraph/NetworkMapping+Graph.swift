public import CollapseCore

extension NetworkMapping {
  /// The network that a graph of operators is, where layers here do what its operators do.
  ///
  /// A graph says its structure: nothing is guessed. It ends with the classifier; what follows and
  /// changes no order of classes is left out.
  ///
  /// - Parameters:
  ///   - input: the shape of one sample.
  ///   - head: the classifier's operator, or the tensor it gives; `nil` to look for it.
  /// - Throws: ``NetworkError`` of kind `badInput` that names the operator which no layer is.
  public init(_ graph: OperatorGraph, input: Shape, head name: String? = nil) throws {
    let head = try GraphHead(graph, named: name)
    let start = try graph.sampleInput
    let walk = try GraphWalk(graph)
    var shape = try start.check(input)
    var reader = GraphLayers(walk)
    let steps = try walk.steps(from: start.name, to: head.logits)
    var layers: [LayerDescription] = []
    if shape != input { layers.append(LayerDescription("flatten.input", Flatten())) }
    do {
      layers += try reader.layers(of: steps, &shape)
      network = NetworkDescription(kind: "custom", layers: layers)
      architecture = try Architecture(layers, input: input)
    } catch let error as NetworkError where error.kind == .usage {
      throw GraphWalk.refuse("its operators do not fit together: \(error.description)")
    }
    guard layers.last?.layer is Dense, architecture.output.rank == 1 else {
      throw GraphWalk.refuse("its last layer is no dense one, as a classifier is")
    }
    pairs = try architecture.storedArrays.map { layer, name, shape in
      let leaf = String(name.split(separator: "/").last!)
      guard let source = reader.sources[layer]?[leaf], let found = graph.constants[source.constant]
      else { throw GraphWalk.refuse("there is no '\(leaf)' for layer '\(layer)'") }
      let expected = source.isTransposed ? Shape(shape.dimensions.reversed()) : shape
      // A bias may have axes of one element before its own.
      guard
        found.shape == expected
          || leaf == "bias" && Array(found.shape.dimensions.drop { $0 == 1 }) == expected.dimensions
      else {
        throw GraphWalk.refuse(
          "'\(source.constant)' is of shape \(found.shape), layer '\(layer)' takes \(expected)")
      }
      return Pair(
        name: name, source: source.constant, shape: shape, isTransposed: source.isTransposed)
    }
    constants = []
    questions = []
    unusual = []
    let hasNormalization = architecture.allLayers.contains {
      $0.description.layer is BatchNormalization
    }
    assumptions =
      (hasNormalization
        ? [] : ["nothing shows how samples are prepared: no batch normalization is left"])
      + (graph.outputs.contains(head.logits)
        ? [] : ["the logits are '\(head.logits)', before what follows the classifier"])
  }
}

extension OperatorGraph {
  /// What samples go into.
  public var sampleInput: Input {
    get throws {
      guard inputs.count == 1, let input = inputs.first else {
        throw GraphWalk.refuse(
          "it takes \(inputs.count) tensors, "
            + inputs.prefix(10).map { "'\($0.name)'" }.joined(separator: ", ")
            + ", expected one of samples")
      }
      return input
    }
  }
}

extension OperatorGraph.Input {
  /// What a graph that is made for one number of samples may ask for at a time.
  private static let largestBatch = 4096

  /// The shape of a sample as the graph takes it: as it is, or as a vector.
  ///
  /// - Throws: ``NetworkError`` where samples of shape `input` do not fit.
  public func check(_ input: Shape) throws -> Shape {
    if let count = shape.first ?? nil, !(1...OperatorGraph.Input.largestBatch).contains(count) {
      throw GraphWalk.refuse(
        "it takes \(count) samples at a time, expected 1 to \(OperatorGraph.Input.largestBatch), or any"
      )
    }
    let extents = Array(shape.dropFirst())
    func fits(_ shape: Shape) -> Bool {
      extents.count == shape.rank
        && zip(extents, shape.dimensions).allSatisfy { $0 == nil || $0 == $1 }
    }
    if fits(input) { return input }
    if let count = Shape.elementCount(of: input.dimensions), fits([count]) { return [count] }
    throw NetworkError(
      kind: .badInput, operation: "read a network from the graph",
      reason: "it takes samples of shape "
        + extents.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
        + ", these are \(input)")
  }
}
