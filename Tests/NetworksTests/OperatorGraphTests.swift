import CollapseCore
import Networks
import Testing

private typealias Node = OperatorGraph.Node

/// Graphs of operators as layers.
@Suite struct OperatorGraphTests {
  /// x of 2×4×4 → a convolution → … → a matrix → y.
  private func graph(
    _ middle: [OperatorGraph.Node], from: String = "c", to: String = "m",
    _ constants: [String: OperatorGraph.Constant] = [:], width: Int = 32,
    convolution: [String: OperatorGraph.Attribute] = [
      "kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1]),
    ]
  ) -> OperatorGraph {
    var graph = OperatorGraph()
    graph.inputs = [.init(name: "x", shape: [nil, 2, 4, 4])]
    graph.outputs = ["y"]
    graph.constants = constants.merging([
      "stem.weight": .init(shape: [2, 2, 3, 3]), "W": .init(shape: [width, 5]),
      "b": .init(shape: [1, 5]),
    ]) { first, _ in first }
    graph.nodes =
      [
        Node(
          operation: "Conv", inputs: ["x", "stem.weight"], outputs: ["c"], attributes: convolution)
      ] + middle + [
        Node(operation: "MatMul", inputs: [to, "W"], outputs: ["p"]),
        Node(operation: "Add", inputs: ["b", "p"], outputs: ["l"]),
        Node(operation: "Softmax", inputs: ["l"], outputs: ["y"]),
      ]
    return graph
  }

  private let flatten = Node(operation: "Flatten", inputs: ["c"], outputs: ["m"])

  @Test func operatorsBecomeLayersWithTheirArrays() throws {
    let mapping = try NetworkMapping(graph([flatten]), input: [2, 4, 4])
    #expect(mapping.architecture.layers.map(\.name) == ["stem", "flatten1", "dense1"])
    #expect(mapping.classCount == 5)
    #expect(mapping.pairs.map(\.source) == ["stem.weight", "W", "b"])
    // x W + b: the file has inputs × outputs.
    #expect(mapping.pairs.map(\.isTransposed) == [false, true, false])
    #expect(
      mapping.assumptions == [
        "nothing shows how samples are prepared: no batch normalization is left",
        "the logits are 'l', before what follows the classifier",
      ])
  }

  @Test func aSumJoinsTheBranchesOfABlock() throws {
    let kernel = OperatorGraph.Constant(shape: [2, 2, 1, 1])
    let mapping = try NetworkMapping(
      graph(
        [
          Node(operation: "Relu", inputs: ["c"], outputs: ["r"]),
          Node(operation: "Conv", inputs: ["r", "k"], outputs: ["f"]),
          Node(operation: "Add", inputs: ["r", "f"], outputs: ["s"]),
          // The sum itself, as it goes to a second block with both of its sides in it.
          Node(operation: "Relu", inputs: ["s"], outputs: ["g"]),
          Node(operation: "Conv", inputs: ["g", "k"], outputs: ["h"]),
          Node(operation: "Add", inputs: ["h", "s"], outputs: ["t"]),
          Node(operation: "Relu", inputs: ["t"], outputs: ["u"]),
          Node(operation: "GlobalAveragePool", inputs: ["u"], outputs: ["a"]),
          Node(operation: "Flatten", inputs: ["a"], outputs: ["m"]),
        ], ["k": kernel], width: 2), input: [2, 4, 4])
    let kinds = mapping.architecture.layers.map(\.description.kind)
    #expect(
      kinds == [
        "convolution", "relu", "residual", "residual", "globalAveragePooling", "dense",
      ])
    let blocks = mapping.architecture.layers.compactMap { $0.description.layer as? Residual }
    #expect(blocks.map(\.rectifies) == [false, true])
    #expect(blocks.map { $0.body.map(\.kind) } == [["convolution"], ["relu", "convolution"]])
    #expect(blocks.allSatisfy { $0.shortcut.isEmpty })
  }

  struct Refusal: Sendable {
    let nodes: [OperatorGraph.Node]
    let reason: String
    var convolution: [String: OperatorGraph.Attribute] = ["pads": .integers([1, 1, 1, 1])]
  }

  static let flat = OperatorGraph.Node(operation: "Flatten", inputs: ["c"], outputs: ["m"])

  @Test(arguments: [
    Refusal(
      nodes: [
        Node(name: "/act/Erf", operation: "Erf", inputs: ["c"], outputs: ["e"]),
        Node(operation: "Flatten", inputs: ["e"], outputs: ["m"]),
      ], reason: "no layer here does what Erf '/act/Erf' does"),
    Refusal(
      nodes: [flat], reason: "Conv 'c' convolves groups of channels",
      convolution: ["group": .integer(2)]),
    Refusal(
      nodes: [flat],
      reason: "Conv 'c' has other zeros on one side of the map than on the other",
      convolution: ["pads": .integers([0, 0, 1, 1])]),
    Refusal(
      nodes: [flat], reason: "Conv 'c' has gaps in its kernel, or rounds sizes up",
      convolution: ["dilations": .integers([2, 2])]),
    Refusal(
      nodes: [
        Node(
          operation: "AveragePool", inputs: ["c"], outputs: ["a"],
          attributes: [
            "kernel_shape": .integers([3, 3]), "pads": .integers([1, 1, 1, 1]),
          ]),
        Node(operation: "Flatten", inputs: ["a"], outputs: ["m"]),
      ], reason: "AveragePool 'a' leaves its padding out of the means"),
    Refusal(
      nodes: [
        Node(operation: "Concat", inputs: ["c", "c"], outputs: ["d"]),
        Node(operation: "Flatten", inputs: ["d"], outputs: ["m"]),
      ], reason: "no layer here does what Concat 'd' does"),
    Refusal(
      nodes: [
        Node(operation: "Flatten", inputs: ["z"], outputs: ["m"]),
        Node(operation: "Relu", inputs: ["c"], outputs: ["z"]),
      ],
      reason: "Flatten 'm' takes 'z', which only comes later"),
    Refusal(
      nodes: [flat, Node(operation: "Relu", inputs: ["c"], outputs: ["m"])],
      reason: "two operators give 'm'"),
  ])
  func whatIsNoLayerIsNamed(_ refusal: Refusal) {
    let graph = graph(refusal.nodes, convolution: refusal.convolution)
    let error = #expect(throws: NetworkError.self) {
      _ = try NetworkMapping(graph, input: [2, 4, 4])
    }
    #expect(error?.description == "cannot read a network from the graph: \(refusal.reason)")
  }

  @Test func theClassifierIsFoundOrNamed() throws {
    var two = graph([flatten])
    two.outputs = ["y", "m"]
    let error = #expect(throws: NetworkError.self) { _ = try GraphHead(two) }
    #expect(error?.reason == "it has 2 outputs, 'y', 'm': say which is the classifier's")
    let head = try GraphHead(two, named: "l")
    #expect(head.features == "m" && head.logits == "l" && head.weight == "W" && head.bias == "b")
    #expect(throws: NetworkError.self) { _ = try GraphHead(two, named: "nowhere") }
    let other = #expect(throws: NetworkError.self) { _ = try GraphHead(two, named: "m") }
    #expect(
      other?.reason
        == "Flatten 'm' stands before its output, where a classifier, a matrix of constants, was "
        + "looked for: say what it is called")
  }

  @Test func samplesOfAnotherShapeAreRefused() {
    let error = #expect(throws: NetworkError.self) {
      _ = try NetworkMapping(graph([flatten]), input: [1, 4, 4])
    }
    #expect(error?.reason == "it takes samples of shape 2×4×4, these are 1×4×4")
  }

  @Test(arguments: [0, -1, 1 << 62])
  func aNumberOfSamplesThatNoBatchHasIsRefused(count: Int) throws {
    var graph = graph([flatten])
    graph.inputs[0].shape[0] = count
    let error = #expect(throws: NetworkError.self) {
      _ = try NetworkMapping(graph, input: [2, 4, 4])
    }
    #expect(error?.reason == "it takes \(count) samples at a time, expected 1 to 4096, or any")
    graph.inputs[0].shape[0] = 16
    _ = try graph.inputs[0].check([2, 4, 4])
  }
}
