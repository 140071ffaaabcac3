import CollapseCore

/// Layers one after another: what is behind each is told by the number of layers without arrays
/// that a numbered sequence has between two with arrays, and by the size of the maps at the end.
extension StructureReader {
  /// - Parameters:
  ///   - inResidualNetwork: whether blocks come before or behind.
  ///   - isRectified: whether what comes in needs no ReLU any more.
  ///   - isEnd: whether the last layer is the network's.
  mutating func readChain(
    _ modules: [StateModule], inResidualNetwork: Bool, isRectified: Bool = true, isEnd: Bool
  ) throws {
    let poolings = inResidualNetwork ? Poolings() : try poolings(of: modules)
    var needsReLU = !isRectified
    for (index, module) in modules.enumerated() {
      let next = index + 1 < modules.count ? modules[index + 1] : nil
      switch module.kind {
      case .convolution:
        try appendConvolution(module, inResidualNetwork: inResidualNetwork)
        needsReLU = true
      case .dense:
        try appendDense(module)
        needsReLU = true
      case .normalization:
        if shape.rank == 3, !needsReLU, let next, next.kind == .dense { try makeVectors(for: next) }
        if shape.rank == 3, shape[0] != module.outputs, module.outputs == shape.elementCount {
          try append("\(module.name).flatten", Flatten())
        }
        guard shape[0] == module.outputs else {
          throw refuse("'\(module.path)' is of \(module.outputs) channels where \(shape) come")
        }
        try append(module.name, normalization(module))
      case .scale: throw refuse("'\(module.path)' cannot be placed")
      }
      let gap = module.gap(to: next)
      var hidden = gap
      if needsReLU, next != nil || !isEnd {
        // A normalization right behind comes before the ReLU, any other layer behind it.
        let isFollowedByReLU =
          next?.kind == .normalization && module.kind != .normalization
          ? (gap ?? 0) > 0 : gap.map { $0 > 0 } ?? true
        if isFollowedByReLU {
          try append("\(module.name).relu", ReLU())
          needsReLU = false
          hidden = gap.map { $0 - 1 }
        }
      }
      try closeGap(after: module, next, hidden, poolings)
    }
  }

  /// Poolings and what else stands between two layers with arrays.
  private mutating func closeGap(
    after module: StateModule, _ next: StateModule?, _ hidden: Int?, _ poolings: Poolings
  ) throws {
    if poolings.after.contains(module.path) {
      try append("\(module.name).pooling", MaxPooling(Window(2, stride: 2)))
      assume("max pooling 2×2 where a layer without arrays stands between convolutions")
    }
    guard let next, let hidden, hidden > 0 else { return }
    if next.kind == .dense || next.kind == .normalization, shape.rank == 1 {
      assume("dropout, or nothing, where further layers without arrays stand between dense ones")
    } else if next.kind == .convolution, hidden > (poolings.after.contains(module.path) ? 2 : 0) {
      throw refuse(
        "\(hidden) layers without arrays are between '\(module.path)' and '\(next.path)'")
    }
  }

  private mutating func appendConvolution(
    _ module: StateModule, inResidualNetwork: Bool
  ) throws {
    guard shape.rank == 3, module.inputs == shape[0] else {
      throw refuse(
        "'\(module.path)' takes \(module.inputs) channels where \(shape) come: groups or branches")
    }
    let isStem = inResidualNetwork && module.side == 7
    let padding = try padding(of: module, isFree: !inResidualNetwork)
    try append(
      module.name,
      Convolution(
        outputs: module.outputs,
        window: Window(
          kernel: module.kernel, stride: isStem ? [2, 2] : [1, 1], padding: padding),
        bias: module.hasBias))
  }

  private mutating func padding(of module: StateModule, isFree: Bool) throws -> [Int] {
    guard module.kernel.allSatisfy({ $0 % 2 == 1 }) else {
      throw refuse("'\(module.path)' has a kernel of \(Shape(module.kernel))")
    }
    if isFree, module.kernel.contains(where: { $0 > 1 }), answer(.noPadding) { return [0, 0] }
    return module.kernel.map { $0 / 2 }
  }

  private mutating func appendDense(_ module: StateModule) throws {
    try makeVectors(for: module)
    guard shape == [module.inputs] else {
      throw refuse("'\(module.path)' takes \(module.inputs) numbers where \(shape) come")
    }
    try append(module.name, Dense(outputs: module.outputs, bias: module.hasBias))
  }

  /// Where poolings stand in a chain of convolutions, by the paths of the layers before them.
  struct Poolings {
    var after: Set<String> = []
  }

  private mutating func poolings(of modules: [StateModule]) throws -> Poolings {
    let convolutions = modules.indices.filter { modules[$0].kind == .convolution }
    guard let last = convolutions.last,
      let dense = modules[last...].first(where: { $0.kind == .dense })
    else { return Poolings() }
    // The place of each pooling is behind the convolution's normalization.
    func end(_ index: Int) -> Int {
      index + 1 < modules.count && modules[index + 1].kind == .normalization ? index + 1 : index
    }
    var known: Set<String> = []
    var unknown: [String] = []
    for (index, following) in zip(convolutions, convolutions.dropFirst()) {
      let place = modules[end(index)]
      let hidden = modules[index...following].dropLast().indices.reduce(Int?.some(0)) { sum, at in
        modules[at].gap(to: modules[at + 1]).flatMap { gap in sum.map { $0 + gap } }
      }
      switch hidden {
      case nil: unknown.append(place.path)
      case .some(let count): if count >= 2 { known.insert(place.path) }
      }
    }
    let lastPlace = modules[end(last)].path
    let channels = modules[last].outputs
    guard dense.inputs % channels == 0 else { return Poolings(after: known) }
    var fits: [Set<String>] = []
    for between in unknown.isEmpty ? [false] : [true, false] {
      for atEnd in [true, false] {
        let choice = known.union(between ? Set(unknown) : []).union(atEnd ? [lastPlace] : [])
        let side = self.side(modules, convolutions, choice, end)
        if let side, side * side * channels == dense.inputs { fits.append(choice) }
      }
    }
    if dense.inputs == channels {
      guard unknown.isEmpty else {
        throw refuse("nothing tells where poolings stand between its convolutions")
      }
      return Poolings(after: answer(.noPoolingAtTheEnd) ? known : known.union([lastPlace]))
    }
    guard fits.count <= 1 else {
      throw refuse("its poolings can stand in \(fits.count) ways between its convolutions")
    }
    return Poolings(after: fits.first ?? known)
  }

  /// The height of the maps at the end of the convolutions; `nil` where nothing is left of them.
  private mutating func side(
    _ modules: [StateModule], _ convolutions: [Int], _ poolings: Set<String>, _ end: (Int) -> Int
  ) -> Int? {
    guard shape.rank == 3, shape[1] == shape[2] else { return nil }
    var side = shape[1]
    for index in convolutions {
      guard let padding = try? padding(of: modules[index], isFree: true), modules[index].side > 0
      else { return nil }
      side += 2 * padding[0] - modules[index].side + 1
      if poolings.contains(modules[end(index)].path) { side /= 2 }
      if side < 1 { return nil }
    }
    return side
  }
}

extension StateModule {
  /// The layers without arrays between this one and the next, where the numbers of a sequence tell.
  func gap(to next: StateModule?) -> Int? {
    guard let next, let (sequence, index) = place, let (other, end) = next.place, sequence == other
    else { return nil }
    return max(0, end - index - 1)
  }
}
