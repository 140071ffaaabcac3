import CollapseCore

/// Layers for the steps of a graph, with the names of the arrays they take.
struct GraphLayers {
  /// An array of the graph that a layer takes.
  struct Source {
    let constant: String
    /// Whether it is stored as inputs × outputs.
    var isTransposed = false
  }

  /// The operators that layers here do.
  static let operations: Set<String> = [
    "Add", "AveragePool", "BatchNormalization", "Cast", "Conv", "Dropout", "Flatten", "Gemm",
    "GlobalAveragePool", "Identity", "MatMul", "MaxPool", "ReduceMean", "Relu", "Reshape",
    "Squeeze",
  ]

  private let walk: GraphWalk
  /// By layer and the name of the array there.
  private(set) var sources: [String: [String: Source]] = [:]
  private(set) var assumptions: [String] = []
  private var names: Set<String> = []

  init(_ walk: GraphWalk) { self.walk = walk }

  /// - Parameter shape: the shape of one sample where the steps begin; then, where they end.
  mutating func layers(
    of steps: [GraphWalk.Step], _ shape: inout Shape
  ) throws -> [LayerDescription] {
    var layers: [LayerDescription] = []
    for step in steps {
      guard let layer = try layer(of: step, shape) else { continue }
      // Refuses shapes that no memory holds.
      shape = try Architecture([layer], input: shape).output
      layers.append(layer)
    }
    return layers
  }

  private mutating func layer(
    of step: GraphWalk.Step, _ shape: Shape
  ) throws -> LayerDescription? {
    switch step {
    case .node(let node): return try layer(of: node, shape)
    case .affine(let node, let bias):
      return try dense(node, weight: node.inputs.dropFirst().first, bias: bias, isTransposed: true)
    case .sum(let node, let branches, let rectifies):
      var sides = try branches.map { steps in
        var shape = shape
        return try layers(of: steps, &shape)
      }
      if sides[0].count < sides[1].count { sides.swapAt(0, 1) }
      guard !sides[0].isEmpty else { throw GraphWalk.unknown(node) }
      return described(
        name("block"),
        Residual(body: sides[0], shortcut: sides[1], rectifies: rectifies))
    }
  }

  private mutating func layer(
    of node: OperatorGraph.Node, _ shape: Shape
  ) throws -> LayerDescription? {
    switch node.operation {
    case "Identity", "Dropout", "Cast":
      guard node.integer("training_mode") ?? 0 == 0 else { throw GraphWalk.unknown(node) }
      return nil
    case "Relu": return described(name("relu"), ReLU())
    case "Conv": return try convolution(node, shape)
    case "BatchNormalization": return try normalization(node)
    case "MaxPool": return described(name("pooling"), MaxPooling(try window(node)))
    case "AveragePool":
      let window = try window(node)
      guard window.padding == [0, 0] || node.integer("count_include_pad") == 1 else {
        throw GraphWalk.refuse("\(node.title) leaves its padding out of the means")
      }
      return described(name("pooling"), AveragePooling(window))
    case "GlobalAveragePool": return described(name("pooling"), GlobalAveragePooling())
    case "ReduceMean":
      let axes = (node.integers("axes") ?? integers(node, 1) ?? []).map { $0 < 0 ? $0 + 4 : $0 }
      guard axes.sorted() == [2, 3], shape.rank == 3 else {
        throw GraphWalk.refuse("\(node.title) takes the mean of other axes than those of maps")
      }
      return described(name("pooling"), GlobalAveragePooling())
    case "Flatten", "Reshape", "Squeeze":
      guard try isFlattening(node, shape) else {
        throw GraphWalk.refuse("\(node.title) does not make vectors of whole samples")
      }
      // Behind the mean of each channel there is nothing left to do.
      return shape.rank == 1 ? nil : described(name("flatten"), Flatten())
    case "Gemm":
      guard node.real("alpha") ?? 1 == 1, node.real("beta") ?? 1 == 1,
        node.integer("transA") ?? 0 == 0
      else { throw GraphWalk.refuse("\(node.title) has factors, or takes samples as columns") }
      let bias = node.inputs.count > 2 && !node.inputs[2].isEmpty ? node.inputs[2] : nil
      return try dense(
        node, weight: node.inputs.dropFirst().first, bias: bias,
        isTransposed: node.integer("transB") != 1)
    case "MatMul":
      return try dense(node, weight: node.inputs.dropFirst().first, bias: nil, isTransposed: true)
    default: throw GraphWalk.unknown(node)
    }
  }

  private mutating func convolution(
    _ node: OperatorGraph.Node, _ shape: Shape
  ) throws -> LayerDescription {
    let weight = try array(node, 1, "kernels")
    guard weight.value.shape.rank == 4, weight.value.shape.elementCount > 0 else {
      throw GraphWalk.refuse(
        "\(node.title) has kernels of shape \(weight.value.shape), expected those of images")
    }
    let kernels = weight.value.shape
    guard node.integer("group") ?? 1 == 1, shape.rank != 3 || kernels[1] == shape[0] else {
      throw GraphWalk.refuse("\(node.title) convolves groups of channels")
    }
    let name = name("conv", weight.name)
    sources[name] = ["weight": Source(constant: weight.name)]
    let hasBias = node.inputs.count > 2 && !node.inputs[2].isEmpty
    if hasBias { sources[name]!["bias"] = Source(constant: try array(node, 2, "bias").name) }
    return described(
      name,
      Convolution(
        outputs: kernels[0],
        window: try window(node, kernel: Array(kernels.dimensions.dropFirst(2))), bias: hasBias))
  }

  private mutating func normalization(_ node: OperatorGraph.Node) throws -> LayerDescription {
    guard node.integer("training_mode") ?? 0 == 0, node.outputs.dropFirst().allSatisfy(\.isEmpty)
    else {
      throw GraphWalk.refuse(
        "\(node.title) normalizes as in training: export the network in eval mode")
    }
    let arrays = try ["weight", "bias", "running_mean", "running_var"].enumerated().map {
      ($1, try array(node, $0 + 1, $1).name)
    }
    let name = name("bn", arrays[2].1)
    sources[name] = Dictionary(
      uniqueKeysWithValues: arrays.map { ($0.0, Source(constant: $0.1)) })
    return described(name, BatchNormalization(epsilon: node.real("epsilon") ?? 1e-5))
  }

  private mutating func dense(
    _ node: OperatorGraph.Node, weight: String?, bias: String?, isTransposed: Bool
  ) throws -> LayerDescription {
    guard let weight = weight.flatMap(walk.constant), weight.value.shape.rank == 2 else {
      throw GraphWalk.refuse("\(node.title) multiplies by no constant matrix")
    }
    let name = name("dense", weight.name)
    sources[name] = ["weight": Source(constant: weight.name, isTransposed: isTransposed)]
    if let bias {
      guard let found = walk.constant(bias) else {
        throw GraphWalk.refuse("\(node.title) adds no constant")
      }
      sources[name]!["bias"] = Source(constant: found.name)
    }
    return described(
      name, Dense(outputs: weight.value.shape[isTransposed ? 1 : 0], bias: bias != nil))
  }

  /// Where a kernel is laid: the same zeros on both sides of the map.
  private func window(_ node: OperatorGraph.Node, kernel: [Int]? = nil) throws -> Window {
    guard let kernel = kernel ?? node.integers("kernel_shape"), kernel.count == 2 else {
      throw GraphWalk.refuse("\(node.title) is no operator on images")
    }
    let stride = node.integers("strides") ?? [1, 1]
    var pads = node.integers("pads") ?? [0, 0, 0, 0]
    switch node.text("auto_pad") ?? "NOTSET" {
    case "NOTSET": break
    case "VALID": pads = [0, 0, 0, 0]
    case "SAME_UPPER", "SAME_LOWER":
      guard stride == [1, 1], kernel.allSatisfy({ $0 % 2 == 1 }) else {
        throw GraphWalk.refuse(
          "\(node.title) has other zeros on one side of the map than on the other")
      }
      pads = (kernel + kernel).map { $0 / 2 }
    default: throw GraphWalk.unknown(node)
    }
    guard stride.count == 2, pads.count == 4, pads[0] == pads[2], pads[1] == pads[3] else {
      throw GraphWalk.refuse(
        "\(node.title) has other zeros on one side of the map than on the other")
    }
    guard (node.integers("dilations") ?? [1, 1]).allSatisfy({ $0 == 1 }),
      node.integer("ceil_mode") ?? 0 == 0
    else { throw GraphWalk.refuse("\(node.title) has gaps in its kernel, or rounds sizes up") }
    return Window(kernel: kernel, stride: stride, padding: Array(pads.prefix(2)))
  }

  /// Whether an operator on shapes makes one vector of each sample.
  private func isFlattening(_ node: OperatorGraph.Node, _ shape: Shape) throws -> Bool {
    switch node.operation {
    case "Flatten": return node.integer("axis") ?? 1 == 1
    case "Squeeze":
      let axes = (node.integers("axes") ?? integers(node, 1) ?? []).map { $0 < 0 ? $0 + 4 : $0 }
      return axes.sorted() == [2, 3] && shape.rank == 1
    default:
      let count = shape.elementCount
      if let sizes = integers(node, 1) {
        guard sizes.count == 2 else { return false }
        return sizes[1] == count || sizes[1] == -1 && sizes[0] >= 0
      }
      // The number of samples is read off the graph's own tensors: x.view(x.size(0), -1).
      guard node.inputs.count > 1, let sizes = walk.maker(of: node.inputs[1]),
        sizes.operation == "Concat", sizes.inputs.count == 2, isBatchSize(sizes.inputs[0]),
        let width = walk.constant(sizes.inputs[1])?.value.integers, width.count == 1
      else { return false }
      return width[0] == -1 || width[0] == count
    }
  }

  /// Whether a tensor is the extent of the first axis.
  private func isBatchSize(_ name: String) -> Bool {
    var name = name
    while let node = walk.maker(of: name), let input = node.inputs.first {
      switch node.operation {
      case "Unsqueeze", "Squeeze", "Cast": name = input
      case "Gather":
        guard node.inputs.count == 2,
          walk.constant(node.inputs[1])?.value.integers?.allSatisfy({ $0 == 0 }) == true
        else { return false }
        return walk.maker(of: input)?.operation == "Shape"
      default: return false
      }
    }
    return false
  }

  private func integers(_ node: OperatorGraph.Node, _ place: Int) -> [Int]? {
    node.inputs.count > place ? walk.constant(node.inputs[place])?.value.integers : nil
  }

  private func array(
    _ node: OperatorGraph.Node, _ place: Int, _ noun: String
  ) throws -> (name: String, value: OperatorGraph.Constant) {
    guard node.inputs.count > place, let found = walk.constant(node.inputs[place]) else {
      throw GraphWalk.refuse("the \(noun) of \(node.title) are no constants")
    }
    return found
  }

  private func described(_ name: String, _ layer: some Layer) -> LayerDescription {
    LayerDescription(name, layer)
  }

  /// A name that no other layer has: that of the module whose array it is, else a number.
  private mutating func name(
    _ kind: String, _ array: String = ""
  ) -> String {
    let suffix = [".weight", ".running_mean"].first { array.hasSuffix($0) }
    let stem = suffix.map { String(array.dropLast($0.count)) } ?? ""
    if !stem.isEmpty, !stem.contains("/"), !stem.contains(":"), names.insert(stem).inserted {
      return stem
    }
    var number = 1
    while !names.insert("\(kind)\(number)").inserted { number += 1 }
    return "\(kind)\(number)"
  }
}

extension OperatorGraph.Node {
  fileprivate func integer(_ name: String) -> Int? {
    if case .integer(let value)? = attributes[name] { value } else { nil }
  }

  fileprivate func integers(_ name: String) -> [Int]? {
    if case .integers(let values)? = attributes[name] { values } else { nil }
  }

  fileprivate func real(_ name: String) -> Double? {
    if case .real(let value)? = attributes[name] { value } else { nil }
  }

  fileprivate func text(_ name: String) -> String? {
    if case .text(let value)? = attributes[name] { value } else { nil }
  }
}
