public import CollapseCore

/// What a network takes of memory, by its shapes alone: at least this much, whatever computes it.
public struct NetworkMemory: Sendable, Hashable {
  /// Bytes of the parameters, their gradients and an optimizer's moments.
  public let parameterBytes: Double
  /// Bytes of one batch and of what the layers give for it.
  public let activationBytes: Double
  /// Samples per batch.
  public let batch: Int

  /// Bytes of both.
  public var byteCount: Double { parameterBytes + activationBytes }

  /// Of a step of training.
  ///
  /// - Parameter samples: how many there are; a batch has no more.
  public init(training architecture: Architecture, _ options: TrainingOptions, samples: Int) {
    batch = min(options.batchSize, samples)
    let arrays = 2 + options.optimizer.momentCount
    parameterBytes = 4 * Double(arrays) * Double(architecture.parameterCount)
    let size = options.precision == .float32 ? 4.0 : 2.0
    activationBytes = size * Double(architecture.keptOutputCount) * Double(batch)
  }

  /// Of a run of `batch` samples through a trained network, whose layers write over what is no longer
  /// needed.
  public init(inference architecture: Architecture, batch: Int) {
    self.batch = batch
    parameterBytes = 4 * Double(architecture.parameterCount)
    activationBytes = 4 * Double(architecture.liveOutputCount) * Double(batch)
  }

  /// Refuses what has no place in this machine, before any of it is taken.
  ///
  /// - Throws: ``NetworkError`` of kind `usage` that says how much it would take.
  public func check(limit: Int = PhysicalMemory.byteCount) throws(NetworkError) {
    guard byteCount > Double(limit) else { return }
    throw NetworkError(
      operation: "run the network",
      reason: "it takes at least \(ByteCount.text(byteCount)) of memory (parameters "
        + "\(ByteCount.text(parameterBytes)), a batch of \(batch) samples "
        + "\(ByteCount.text(activationBytes))), this machine has \(ByteCount.text(limit)); a "
        + "smaller \(parameterBytes > activationBytes ? "network" : "batch") takes less")
  }
}

extension Architecture {
  /// Numbers of a sample that are needed at the same time in inference: what a layer takes and what it
  /// gives, and what the blocks around it still need. Normalizations and activations may work where the
  /// output before them lies, and a block's sum where its shortcut's output does.
  fileprivate var liveOutputCount: Int {
    layers.reduce(input.elementCount) { max($0, Architecture.liveCount(of: $1, beside: 0)) }
  }

  private static func liveCount(of place: PlacedLayer, beside others: Int) -> Int {
    let (taken, given) = (place.input.elementCount, place.output.elementCount)
    switch type(of: place.description.layer).part {
    case .weights: return others + taken + given
    case .normalization, .activation, .passage: return others + max(taken, given)
    case .block: break
    }
    let shortcut = place.branches.dropFirst().joined()
    let side = shortcut.isEmpty ? taken : given
    var most = shortcut.reduce(others + max(taken, given)) {
      max($0, liveCount(of: $1, beside: others))
    }
    let body = (place.branches.first ?? []).filter {
      [.weights, .block].contains(type(of: $0.description.layer).part)
    }
    for (index, layer) in body.enumerated() {
      let count =
        if index == body.count - 1 {
          others + layer.input.elementCount + side
        } else {
          // The first layer of a body may take what the shortcut gives.
          liveCount(of: layer, beside: index == 0 && shortcut.isEmpty ? others : others + side)
        }
      most = max(most, count)
    }
    return most
  }

  /// Numbers of a sample and of the outputs that stand in memory by themselves: a ReLU may work where
  /// the output before it lies, and pooling, flattening and dropout may give another view of it.
  fileprivate var keptOutputCount: Int {
    allLayers.reduce(input.elementCount) { sum, place in
      switch type(of: place.description.layer).part {
      case .weights, .normalization, .block: sum + place.output.elementCount
      case .activation, .passage: sum
      }
    }
  }
}
