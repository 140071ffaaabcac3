public import CollapseCore

/// The classifier of a graph: the last affine map before its output.
public struct GraphHead: Sendable, Hashable {
  /// The tensor it takes: the features.
  public let features: String
  /// The tensor it gives: the logits.
  public let logits: String
  /// W as the graph holds it.
  public let weight: String
  /// Whether W is stored as features × classes.
  public let isTransposed: Bool
  /// b as the graph holds it; `nil` where the map has none.
  public let bias: String?

  /// Finds it.
  ///
  /// From the output back, through what changes no order of classes. Where there are several
  /// outputs, or the last affine map is another's, `name` says the operator or the tensor it gives.
  ///
  /// - Throws: ``NetworkError`` of kind `badInput`, naming the operator that is in the way.
  public init(_ graph: OperatorGraph, named name: String? = nil) throws {
    let walk = try GraphWalk(graph)
    var tensor: String
    if let name {
      guard
        let node = graph.nodes.first(where: { $0.name == name || $0.outputs.contains(name) }),
        let output = node.outputs.first
      else { throw GraphWalk.refuse("it has no operator or tensor '\(name)'") }
      tensor = node.outputs.contains(name) ? name : output
    } else {
      guard graph.outputs.count == 1 else {
        throw GraphWalk.refuse(
          "it has \(graph.outputs.count) outputs, "
            + graph.outputs.prefix(10).map { "'\($0)'" }.joined(separator: ", ")
            + ": say which is the classifier's")
      }
      tensor = graph.outputs[0]
    }
    var bias: (name: String, output: String)?
    while let node = walk.maker(of: tensor) {
      guard node.domain.isEmpty, let input = node.inputs.first else { break }
      switch node.operation {
      case "Gemm":
        guard let weight = Self.matrix(walk, node) else { break }
        let isPlain =
          (node.attributes["alpha"] ?? .real(1)) == .real(1)
          && (node.attributes["beta"] ?? .real(1)) == .real(1)
          && (node.attributes["transA"] ?? .integer(0)) == .integer(0)
        guard isPlain, bias == nil else { break }
        var own: String?
        if node.inputs.count > 2, !node.inputs[2].isEmpty {
          guard let found = walk.constant(node.inputs[2]) else { break }
          own = found.name
        }
        self.init(
          features: input, logits: tensor, weight: weight,
          isTransposed: node.attributes["transB"] != .integer(1), bias: own)
        return
      case "MatMul":
        guard let weight = Self.matrix(walk, node) else { break }
        self.init(
          features: input, logits: bias?.output ?? tensor, weight: weight, isTransposed: true,
          bias: bias?.name)
        return
      case "Add":
        guard bias == nil, node.inputs.count == 2 else { break }
        if let found = walk.constant(node.inputs[1]) {
          (bias, tensor) = ((found.name, tensor), node.inputs[0])
          continue
        } else if let found = walk.constant(node.inputs[0]) {
          (bias, tensor) = ((found.name, tensor), node.inputs[1])
          continue
        }
      case "Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "Dropout":
        if bias == nil {
          tensor = input
          continue
        }
      default: break
      }
      throw GraphWalk.refuse(
        "\(node.title) stands before its output, where a classifier, a matrix of constants, was "
          + "looked for: say what it is called")
    }
    throw GraphWalk.refuse("no classifier stands before '\(tensor)'")
  }

  private init(
    features: String, logits: String, weight: String, isTransposed: Bool, bias: String?
  ) {
    self.features = features
    self.logits = logits
    self.weight = weight
    self.isTransposed = isTransposed
    self.bias = bias
  }

  /// The constant matrix of a product.
  private static func matrix(_ walk: GraphWalk, _ node: OperatorGraph.Node) -> String? {
    guard node.inputs.count > 1, let found = walk.constant(node.inputs[1]),
      found.value.shape.rank == 2
    else { return nil }
    return found.name
  }
}
