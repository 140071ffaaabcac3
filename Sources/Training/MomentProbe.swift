package import CollapseCore
import LibC
package import Networks

/// Whether the moments of what batch normalizations take in are those they remember of training.
///
/// A network that carries running moments says by them whether its layers are put together as they
/// were in training and its samples prepared as then: what a normalization takes in has, on any
/// batch of the training's data, about the mean and the variance that it keeps. A pooling that is
/// missing, or pixels of another scale, show in the first normalization behind.
public struct MomentProbe: Sendable {
  /// One batch normalization.
  public struct Row: Sendable, Hashable {
    /// The name of the layer: `features.1`.
    public let layer: String
    /// Channels it normalizes, each with moments of its own.
    public let channels: Int
    /// The median over channels of |m − μ| / √(σ² + ε): m of the samples, μ and σ² remembered.
    public let shift: Double
    /// The median over channels of |ln((v + ε) / (σ² + ε))|: v of the samples.
    public let logVariance: Double

    /// A normalization with its two medians over channels, both 0 where all moments agree.
    public init(layer: String, channels: Int, shift: Double, logVariance: Double) {
      self.layer = layer
      self.channels = channels
      self.shift = shift
      self.logVariance = logVariance
    }

    /// Whether both are such as another sample of the same data has them: networks put together
    /// rightly show up to 0.03 and 0.06, wrong ones from 0.5 and 1.3 on; early in training, and on
    /// augmented data, running moments lag behind by some tenths.
    public var fits: Bool { shift <= 0.3 && logVariance <= 0.7 }
  }

  /// In order of execution.
  public let rows: [Row]

  /// Whether every normalization fits; also where there is none.
  public var fits: Bool { rows.allSatisfy(\.fits) }

  /// The row that is furthest off, in units of what is allowed.
  public var worst: Row? {
    rows.max {
      max($0.shift / 0.3, $0.logVariance / 0.7) < max($1.shift / 0.3, $1.logVariance / 0.7)
    }
  }

  /// The share of right answers on the samples, where their labels are the network's classes.
  public let accuracy: Double?

  /// Runs `samples` through the network.
  ///
  /// - Parameters:
  ///   - checkpoint: the content of a checkpoint of `architecture`.
  ///   - isLabelled: whether the samples' labels are the network's outputs.
  /// - Throws: ``TrainingError`` where the tensors do not fit, or memory does not do.
  package init(
    _ architecture: Architecture, _ checkpoint: NamedTensors, samples: any LabeledSamples,
    normalization: ChannelNormalization?, isLabelled: Bool, threads: Int?
  ) throws {
    let places = architecture.inputsOfNormalizations
    let batch = min(samples.count, Self.batchSize(architecture))
    try NetworkMemory(inference: architecture, batch: batch).check()
    let network = try CompiledNetwork(
      architecture, firstBatch: batch, trainable: false, threads: threads, seed: 0,
      observed: Set(places.compactMap(\.source)))
    try network.load(checkpoint)
    var sums = try places.map { place in
      try ChannelSums(
        place.layer, mean: checkpoint.expecting("statistics/\(place.layer.name)/running_mean"),
        variance: checkpoint.expecting("statistics/\(place.layer.name)/running_var"))
    }
    var correct = 0
    let classes = architecture.output[0]
    let feeder = BatchFeeder(samples, normalization: normalization, batchSize: batch)
    try network.team.flushingSubnormals {
      try feeder.forEach(of: Array(0..<samples.count)) { _, part in
        let plan = try network.inferencePlan(batch: part.count)
        try plan.input.bind(to: part.samples)
        try plan.runForward()
        for (index, place) in places.enumerated() {
          let values = place.source.map { plan.observe($0) } ?? part.samples.floats
          sums[index].add(
            values.prefix(part.count * place.layer.input.elementCount), shape: place.layer.input)
        }
        for (row, label) in part.usedLabels.enumerated() {
          let logits = plan.logits.floats[row * classes..<(row + 1) * classes]
          let best = logits.indices.max { logits[$0] < logits[$1] }! - logits.startIndex
          if best == Int(label) { correct += 1 }
        }
        return true
      }
    }
    rows = sums.map(\.row)
    accuracy =
      isLabelled && samples.count > 0 ? Double(correct) / Double(samples.count) : nil
  }

  /// Samples at a time, so that the outputs which are looked at take half a gigabyte at most.
  private static func batchSize(_ architecture: Architecture) -> Int {
    max(8, min(128, (1 << 29) / (4 * max(1, architecture.outputCount))))
  }
}

extension Architecture {
  /// Each batch normalization and the layer whose output it takes; `nil` for the network's input.
  fileprivate var inputsOfNormalizations: [(layer: PlacedLayer, source: String?)] {
    var found: [(layer: PlacedLayer, source: String?)] = []
    func walk(_ layers: [PlacedLayer], _ before: String?) {
      var source = before
      for layer in layers {
        if layer.description.layer is BatchNormalization { found.append((layer, source)) }
        for branch in layer.branches { walk(branch, source) }
        source = layer.name
      }
    }
    walk(layers, nil)
    return found
  }
}

/// Sums of the distances from the remembered means, by channel.
private struct ChannelSums {
  private let layer: PlacedLayer
  private let means: [Float]
  private let variances: [Float]
  private let epsilon: Double
  private var sums: [Double]
  private var squares: [Double]
  private var count = 0

  init(_ layer: PlacedLayer, mean: Tensor, variance: Tensor) throws {
    self.layer = layer
    let channels = layer.input[0]
    guard mean.values.count == channels, variance.values.count == channels else {
      throw TrainingError(
        kind: .badInput, operation: "compare the moments of '\(layer.name)'",
        reason: "expected \(channels) of each, found \(mean.values.count) means and "
          + "\(variance.values.count) variances")
    }
    means = mean.values
    variances = variance.values
    epsilon = (layer.description.layer as? BatchNormalization)?.epsilon ?? 1e-5
    sums = Array(repeating: 0, count: channels)
    squares = sums
  }

  mutating func add(_ values: Slice<UnsafeMutableBufferPointer<Float>>, shape: Shape) {
    let plane = shape.elementCount / shape[0]
    var place = values.startIndex
    while place < values.endIndex {
      for channel in means.indices {
        let mean = Double(means[channel])
        var (sum, square) = (0.0, 0.0)
        for index in place..<place + plane {
          let distance = Double(values[index]) - mean
          sum += distance
          square += distance * distance
        }
        sums[channel] += sum
        squares[channel] += square
        place += plane
      }
    }
    count += values.count / means.count
  }

  var row: MomentProbe.Row {
    let n = Double(max(count, 1))
    var shifts: [Double] = []
    var ratios: [Double] = []
    for channel in means.indices {
      let shift = sums[channel] / n
      let variance = max(0, squares[channel] / n - shift * shift)
      let remembered = max(0, Double(variances[channel])) + epsilon
      shifts.append((shift / remembered.squareRoot()).magnitude)
      ratios.append(log((variance + epsilon) / remembered).magnitude)
    }
    return MomentProbe.Row(
      layer: layer.name, channels: means.count, shift: median(shifts),
      logVariance: median(ratios))
  }

  /// The upper one of the two in the middle; what is not a number is beyond all.
  private func median(_ values: [Double]) -> Double {
    values.map { $0.isNaN ? .infinity : $0 }.sorted()[values.count / 2]
  }
}
