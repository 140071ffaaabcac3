import CollapseCore

/// A graph of operators as a chain of steps, with the forks that sums join again.
struct GraphWalk {
  indirect enum Step {
    case node(OperatorGraph.Node)
    /// A product with a matrix and the sum with a vector behind it.
    case affine(OperatorGraph.Node, bias: String)
    /// Two branches and their sum.
    case sum(OperatorGraph.Node, [[Step]], rectifies: Bool)
  }

  let graph: OperatorGraph
  /// The operator that gives a tensor, by its place.
  private let makers: [String: Int]
  /// How many operators take a tensor.
  private let uses: [String: Int]
  /// The constants that other names stand for.
  private let constants: [String: String]

  /// Blocks inside blocks, of which networks have one or two.
  private static let deepest = 16

  /// - Throws: ``NetworkError`` where an operator takes what only later ones give.
  init(_ graph: OperatorGraph) throws {
    self.graph = graph
    var makers: [String: Int] = [:]
    var uses: [String: Int] = [:]
    var constants = Dictionary(
      graph.constants.keys.map { ($0, $0) }, uniquingKeysWith: { first, _ in first })
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { uses[input, default: 0] += 1 }
      for output in node.outputs where !output.isEmpty {
        guard makers[output] == nil, !graph.inputs.contains(where: { $0.name == output }) else {
          throw Self.refuse("two operators give '\(output)'")
        }
        makers[output] = index
      }
      // Exporters let equal constants be one.
      if node.operation == "Identity", let source = node.inputs.first,
        let constant = constants[source],
        let output = node.outputs.first
      {
        constants[output] = constant
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs where makers[input].map({ $0 >= index }) == true {
        throw Self.refuse("\(node.title) takes '\(input)', which only comes later")
      }
    }
    self.makers = makers
    self.uses = uses
    self.constants = constants
  }

  /// The constant that a name stands for; `nil` for what is computed.
  func constant(_ name: String) -> (name: String, value: OperatorGraph.Constant)? {
    constants[name].flatMap { source in graph.constants[source].map { (source, $0) } }
  }

  func maker(of tensor: String) -> OperatorGraph.Node? { makers[tensor].map { graph.nodes[$0] } }

  /// The steps that lead from the tensor `start` to the tensor `end`.
  func steps(from start: String, to end: String, depth: Int = 0) throws -> [Step] {
    guard depth < Self.deepest else { throw Self.refuse("blocks are inside blocks without end") }
    let first = makers[start] ?? -1
    var steps: [Step] = []
    var tensor = end
    while tensor != start {
      guard let place = makers[tensor], place > first else {
        throw Self.refuse(
          "'\(tensor)' comes from outside of its block: branches that no sum joins")
      }
      let node = graph.nodes[place]
      guard node.domain.isEmpty, GraphLayers.operations.contains(node.operation),
        let input = node.inputs.first
      else { throw Self.unknown(node) }
      if node.operation == "Relu", uses[input] == 1, let sum = maker(of: input), isSum(sum) {
        tensor = try append(sum, rectifies: true, to: &steps, depth)
      } else if isSum(node) {
        tensor = try append(node, rectifies: false, to: &steps, depth)
      } else if node.operation == "Add", let (bias, rest) = split(node),
        let product = maker(of: rest), product.operation == "MatMul",
        let source = product.inputs.first
      {
        steps.append(.affine(product, bias: bias))
        tensor = source
      } else if node.operation == "Add" || constants[input] != nil {
        throw Self.unknown(node)
      } else {
        steps.append(.node(node))
        tensor = input
      }
    }
    return steps.reversed()
  }

  private func isSum(_ node: OperatorGraph.Node) -> Bool {
    node.operation == "Add" && node.domain.isEmpty && node.inputs.count == 2
      && node.inputs.allSatisfy { constants[$0] == nil }
  }

  /// The constant of a sum, and what it is added to.
  private func split(_ node: OperatorGraph.Node) -> (constant: String, rest: String)? {
    guard node.inputs.count == 2 else { return nil }
    let (first, second) = (node.inputs[0], node.inputs[1])
    if let found = constant(second) { return (found.name, first) }
    return constant(first).map { ($0.name, second) }
  }

  /// Adds a block, and returns the tensor it takes.
  private func append(
    _ node: OperatorGraph.Node, rectifies: Bool, to steps: inout [Step], _ depth: Int
  ) throws -> String {
    let fork = try self.fork(of: node)
    let branches = try node.inputs.map { try self.steps(from: fork, to: $0, depth: depth + 1) }
    steps.append(.sum(node, branches, rectifies: rectifies))
    return fork
  }

  /// The last tensor that both inputs of a sum come from.
  private func fork(of node: OperatorGraph.Node) throws -> String {
    let both = ancestors(of: node.inputs[0]).intersection(ancestors(of: node.inputs[1]))
    let last = both.max { (makers[$0] ?? -1, $0) < (makers[$1] ?? -1, $1) }
    guard let last else { throw Self.refuse("the inputs of \(node.title) come from no tensor") }
    return last
  }

  private func ancestors(of tensor: String) -> Set<String> {
    var found: Set<String> = []
    var waiting = [tensor]
    while let next = waiting.popLast() {
      guard constants[next] == nil, !next.isEmpty, found.insert(next).inserted else { continue }
      if let node = maker(of: next) { waiting += node.inputs }
    }
    return found
  }

  static func refuse(_ reason: String) -> NetworkError {
    NetworkError(kind: .badInput, operation: "read a network from the graph", reason: reason)
  }

  static func unknown(_ node: OperatorGraph.Node) -> NetworkError {
    refuse("no layer here does what \(node.title) does")
  }
}
