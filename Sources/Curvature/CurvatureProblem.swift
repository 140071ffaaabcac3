import CollapseCore
public import Networks

/// A network at a point of its parameters, and the samples and the loss of which the curvature is
/// asked: L(θ) = mean_i ℓ(z_i) and, where they are in, the penalties.
public struct CurvatureProblem: Sendable {
  /// The moments that batch normalization divides by. They make two different Hessians.
  public enum Statistics: Sendable, Hashable {
    /// The running moments: an affine layer, as in evaluation.
    case running
    /// Those of each batch, as in training: the samples are partitioned by a seeded permutation
    /// into batches of `size` (the last may be smaller), and means over batches are weighted by
    /// their size.
    case batch(size: Int, seed: UInt64)
  }

  public let architecture: Architecture
  public let layout: ParameterLayout
  /// θ, as the layout arranges it.
  public let parameters: [Double]
  /// Running moments by name, `features.1/running_mean`.
  public let runningMoments: [String: [Double]]
  /// One sample after another, as they enter the network.
  public let inputs: [Double]
  public let labels: [Int32]
  let objective: Objective
  /// λ of each number of θ; empty where none decays.
  let decay: [Double]
  /// Whether the penalties on parameters, logits and features are in.
  public let includesPenalties: Bool
  public var statistics: Statistics
  /// Samples that pass through the network together where no batch ties them; no result depends on
  /// it beyond rounding.
  public var blockSize = 256
  /// Threads to work with; no result depends on it.
  public var threads = Processors.count
  /// Bytes that may be taken.
  public var memoryLimit = PhysicalMemory.byteCount / 10 * 7

  /// - Parameters:
  ///   - parameters: every trained array by name, `features.0/weight`.
  ///   - options: the loss and the penalties.
  ///   - includesPenalties: whether weight decay, spectral decoupling and feature decay are in.
  /// - Throws: ``CurvatureError`` for the contrastive loss, arrays that do not fit, labels beyond
  ///   the classes, or no samples.
  public init(
    _ architecture: Architecture, parameters: [String: [Double]],
    runningMoments: [String: [Double]] = [:], inputs: [Double], labels: [Int32],
    options: TrainingOptions, includesPenalties: Bool, statistics: Statistics = .running
  ) throws {
    self.architecture = architecture
    layout = ParameterLayout(architecture)
    if let fixed = layout.parts.first(where: { $0.parameter.parameter.fixedValues != nil }) {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature of a network with a fixed classifier",
        reason:
          "'\(fixed.parameter.name)' is not trained, and second derivatives by the others alone "
          + "are not known here")
    }
    objective = options.objective
    guard !objective.comparesSamples else {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature of the loss '\(options.loss.name)'",
        reason: "it compares the samples of a batch with each other, and has no Hessian by logits")
    }
    func values(_ name: String, _ count: Int, of arrays: [String: [Double]]) throws -> [Double] {
      guard let values = arrays[name], values.count == count else {
        throw CurvatureError(
          operation: "take over the network's '\(name)'",
          reason: "expected \(count) numbers, found \(arrays[name].map { "\($0.count)" } ?? "none")"
        )
      }
      return values
    }
    self.parameters = try layout.parts.flatMap {
      try values($0.parameter.name, $0.range.count, of: parameters)
    }
    var moments: [String: [Double]] = [:]
    for layer in architecture.allLayers {
      for statistic in layer.statistics where statistics == .running {
        let name = "\(layer.name)/\(statistic.name)"
        moments[name] = try values(name, statistic.count, of: runningMoments)
      }
    }
    self.runningMoments = moments
    guard !labels.isEmpty, inputs.count == labels.count * architecture.input.elementCount else {
      throw CurvatureError(
        operation: "take over the samples",
        reason: "expected \(architecture.input.elementCount) numbers for each of \(labels.count) "
          + "samples, found \(inputs.count)")
    }
    if case .batch(let size, _) = statistics, size < 1 {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature by the moments of batches",
        reason: "expected at least 1 sample in a batch, found \(size)")
    }
    let classes = architecture.output.elementCount
    if let wrong = labels.firstIndex(where: { $0 < 0 || $0 >= classes }) {
      throw CurvatureError(
        operation: "take over the samples",
        reason: "sample \(wrong) has label \(labels[wrong]), expected 0 to \(classes - 1)")
    }
    self.inputs = inputs
    self.labels = labels
    self.includesPenalties = includesPenalties
    self.statistics = statistics
    let coefficients = layout.parts.map {
      options.weightDecay.coefficient(
        role: $0.parameter.parameter.role, layer: $0.parameter.layer,
        isClassifier: $0.parameter.isClassifier)
    }
    decay =
      includesPenalties && coefficients.contains { $0 != 0 }
      ? zip(layout.parts, coefficients).flatMap {
        [Double](repeating: $1, count: $0.range.count)
      } : []
  }

  /// N.
  public var sampleCount: Int { labels.count }
  /// C.
  public var classCount: Int { architecture.output.elementCount }

  var spectralDecoupling: Double { includesPenalties ? objective.spectralDecoupling : 0 }
  var featureDecay: Double { includesPenalties ? objective.featureDecay : 0 }

  /// How many blocks there are, and how many samples the largest has.
  var blockSizes: (count: Int, largest: Int) {
    let size =
      switch statistics {
      // What passes of a block leave behind has to have a place beside the rest.
      case .running: max(1, min(blockSize, Int(0x1p27 / largestArray)))
      case .batch(let size, _): size
      }
    let count = (sampleCount - 1) / size + 1
    return (count, min(size, sampleCount))
  }

  /// The most numbers that a layer takes or gives for one sample.
  var largestArray: Double {
    Double(
      architecture.allLayers.reduce(architecture.input.elementCount) {
        max($0, $1.output.elementCount)
      })
  }

  /// The samples that pass through the network together. By running moments they are taken class
  /// by class, so that what is asked of one class leaves other blocks out.
  func blocks() -> [[Int]] {
    switch statistics {
    case .running:
      let order = labels.indices.sorted { (labels[$0], $0) < (labels[$1], $1) }
      let count = blockSizes.count
      return (0..<count).map {
        Array(order[order.count * $0 / count..<order.count * ($0 + 1) / count])
      }
    case .batch(let size, let seed):
      var generator = SeededGenerator(seed: seed, stream: "curvature/batches")
      let order = generator.permutation(labels.count)
      return stride(from: 0, to: order.count, by: size).map {
        Array(order[$0..<min($0 + size, order.count)])
      }
    }
  }
}
