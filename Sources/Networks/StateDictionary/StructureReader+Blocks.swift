import CollapseCore

/// Residual networks: a stem, blocks of convolutions with shortcuts, and dense layers.
extension StructureReader {
  mutating func readResidual(_ groups: [StateGroup]) throws {
    let blocks = groups.filter(\.isBlock)
    let normalizesFirst = blocks[0].modules[0].kind == .normalization
    let hasStages = Set(blocks.map(\.stage)).count > 1
    var stage: Substring?
    for (index, group) in groups.enumerated() {
      if group.isBlock {
        let steps = stage != nil && (!hasStages || group.stage != stage)
        try readBlock(
          group, mayStep: steps, mustWiden: !hasStages, normalizesFirst: normalizesFirst)
        stage = group.stage
      } else if index == 0 {
        try readStem(group, normalizesFirst: normalizesFirst)
      } else {
        // After sums that stay as they are a normalization is followed by a ReLU.
        let isRectified = !(normalizesFirst && group.modules[0].kind == .normalization)
        try readChain(
          group.modules, inResidualNetwork: true, isRectified: isRectified,
          isEnd: index == groups.count - 1)
      }
    }
  }

  private mutating func readStem(_ group: StateGroup, normalizesFirst: Bool) throws {
    // Blocks that normalize first rectify what comes from a bare convolution.
    let isBare = normalizesFirst && group.modules.last?.kind == .convolution
    try readChain(group.modules, inResidualNetwork: true, isEnd: isBare)
    guard let stem = group.modules.last(where: { $0.kind == .convolution }) else { return }
    if stem.side == 7 || stem.side == 3 && answer(.poolingAfterFirstConvolution) {
      try append("\(stem.name).pooling", MaxPooling(Window(3, stride: 2, padding: 1)))
      if stem.side == 7 {
        assume("steps of two and max pooling 3×3 after a first convolution of 7×7")
      }
    }
  }

  /// A convolution and the normalization that belongs to it: behind it, or before it in blocks that
  /// normalize first.
  private struct Unit {
    let convolution: StateModule
    let normalization: StateModule?
  }

  private func units(of group: StateGroup, normalizesFirst: Bool) throws -> [Unit] {
    var units: [Unit] = []
    var waiting: StateModule?
    for module in group.modules {
      switch module.kind {
      case .convolution:
        units.append(Unit(convolution: module, normalization: waiting))
        waiting = nil
      case .normalization where normalizesFirst:
        guard waiting == nil else {
          throw refuse("block '\(group.block!)' has two normalizations in a row")
        }
        waiting = module
      case .normalization:
        guard let last = units.popLast(), last.normalization == nil else {
          throw refuse(
            "in block '\(group.block!)' the normalization '\(module.path)' belongs to no convolution"
          )
        }
        units.append(Unit(convolution: last.convolution, normalization: module))
      case .dense, .scale:
        throw refuse(
          "block '\(group.block!)' has the dense layer '\(module.path)' (squeeze and excitation?)")
      }
    }
    if let waiting {
      throw refuse("in block '\(group.block!)' nothing follows '\(waiting.path)'")
    }
    return units
  }

  private mutating func readBlock(
    _ group: StateGroup, mayStep: Bool, mustWiden: Bool, normalizesFirst: Bool
  ) throws {
    let name = group.block!
    guard shape.rank == 3 else { throw refuse("block '\(name)' takes maps, and vectors come") }
    let channels = shape[0]
    let (body, shortcut) = try split(
      units(of: group, normalizesFirst: normalizesFirst), name, channels)
    let outputs = body.last!.convolution.outputs
    let isWidened = outputs != channels
    let steps = mayStep && (shortcut != nil || isWidened) && (!mustWiden || isWidened)
    let stride = steps ? 2 : 1
    var strided = body.firstIndex { $0.convolution.side == 3 } ?? 0
    if steps, body.count == 3, answer(.stepsInFirstConvolution) { strided = 0 }
    let strides = body.indices.map { $0 == strided ? stride : 1 }

    var bodyLayers: [LayerDescription] = []
    for (index, unit) in body.enumerated() {
      let convolution = self.convolution(unit.convolution, stride: strides[index])
      let path = unit.convolution.name
      if normalizesFirst {
        if let before = unit.normalization {
          bodyLayers.append(LayerDescription(before.name, normalization(before)))
        }
        bodyLayers.append(LayerDescription("\(path).relu", ReLU()))
        bodyLayers.append(convolution)
      } else {
        bodyLayers.append(convolution)
        if let behind = unit.normalization {
          bodyLayers.append(LayerDescription(behind.name, normalization(behind)))
        }
        if index < body.count - 1 { bodyLayers.append(LayerDescription("\(path).relu", ReLU())) }
      }
    }
    var side: [LayerDescription] = []
    if let shortcut {
      side = [convolution(shortcut.convolution, stride: stride)]
      if let behind = shortcut.normalization {
        side.append(LayerDescription(behind.name, normalization(behind)))
      }
    } else if isWidened {
      side = [try zeroShortcut("\(name).shortcut", outputs: outputs, stride: stride)]
    }
    if normalizesFirst, shortcut != nil, !answer(.shortcutBeforeNormalization) {
      // Body and shortcut share what comes before the first convolution.
      for layer in bodyLayers.prefix(while: { $0.kind != Convolution.kind }) {
        try append(layer.name, layer.layer)
        bodyLayers.removeFirst()
      }
    }
    let rectifies = !normalizesFirst && !answer(.sumIsNotRectified)
    try append(name, Residual(body: bodyLayers, shortcut: side, rectifies: rectifies))
  }

  /// The body in order, and the 1×1 convolution from the block's input to its output.
  private func split(
    _ units: [Unit], _ name: String, _ channels: Int
  ) throws -> (body: [Unit], shortcut: Unit?) {
    func isShortcut(_ unit: Unit, _ body: ArraySlice<Unit>) -> Bool {
      unit.convolution.side == 1 && unit.convolution.inputs == channels
        && unit.convolution.outputs == body.last?.convolution.outputs
        && body.first?.convolution.inputs == channels
        && [[3, 3], [1, 3, 1]].contains(body.map(\.convolution.side))
    }
    var body = units[...]
    var shortcut: Unit?
    if let last = units.last, isShortcut(last, units.dropLast()) {
      shortcut = body.removeLast()
    } else if let first = units.first, isShortcut(first, units.dropFirst()) {
      shortcut = body.removeFirst()
    }
    let sides = body.map(\.convolution.side)
    guard sides == [3, 3] || sides == [1, 3, 1] else {
      throw refuse(
        "block '\(name)' has kernels of \(sides.map { "\($0)×\($0)" }.joined(separator: ", ")), "
          + "expected 3×3, 3×3 or 1×1, 3×3, 1×1")
    }
    var current = channels
    for unit in body {
      guard unit.convolution.inputs == current else {
        throw refuse(
          "'\(unit.convolution.path)' takes \(unit.convolution.inputs) channels where \(current) "
            + "come: groups or branches")
      }
      current = unit.convolution.outputs
    }
    return (Array(body), shortcut)
  }

  private func convolution(_ module: StateModule, stride: Int) -> LayerDescription {
    LayerDescription(
      module.name,
      Convolution(
        outputs: module.outputs,
        window: Window(
          kernel: module.kernel, stride: [stride, stride], padding: module.kernel.map { $0 / 2 }),
        bias: module.hasBias))
  }

  /// A shortcut without arrays to more channels: every other pixel, and zeros for the new channels
  /// (option A of He et al. 2016), as a convolution of zeros and ones, which is exact.
  private mutating func zeroShortcut(
    _ name: String, outputs: Int, stride: Int
  ) throws -> LayerDescription {
    let channels = shape[0]
    guard outputs > channels, (outputs - channels) % 2 == 0, outputs <= 1 << 14 else {
      throw refuse(
        "'\(name)' would bring \(channels) to \(outputs) channels without arrays")
    }
    let before = answer(.newChannelsBehind) ? 0 : (outputs - channels) / 2
    var values = [Float](repeating: 0, count: outputs * channels)
    for channel in 0..<channels { values[(before + channel) * channels + channel] = 1 }
    setConstant(name, Tensor(shape: [outputs, channels, 1, 1], values: values))
    return LayerDescription(
      name, Convolution(outputs: outputs, window: Window(1, stride: stride), bias: false))
  }
}
