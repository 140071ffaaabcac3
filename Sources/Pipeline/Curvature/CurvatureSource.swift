import CollapseCore
import Curvature
import Networks
import Training

/// A network and samples in double precision.
struct CurvatureSource {
  private let network: FeatureExtractor
  private let threads: Int

  init(_ network: FeatureExtractor, threads: Int) {
    self.network = network
    self.threads = threads
  }

  /// - Parameter perClass: the most samples of a class, of which the first are taken.
  /// - Throws: ``CurvatureError``, `TrainingError` where tensors do not fit the network.
  func problem(
    _ samples: any LabeledSamples, perClass: Int?, training: TrainingOptions,
    includesPenalties: Bool, statistics: CurvatureProblem.Statistics
  ) throws -> CurvatureProblem {
    try network.checkShape(of: samples)
    let indices = chosen(samples, perClass)
    var problem = try CurvatureProblem(
      network.architecture, parameters: arrays("parameters", \.parameterShapes),
      runningMoments: arrays("statistics", \.statisticShapes), inputs: inputs(samples, indices),
      labels: indices.map { samples.labels[$0] }, options: training,
      includesPenalties: includesPenalties, statistics: statistics)
    problem.threads = threads
    return problem
  }

  private func chosen(_ samples: any LabeledSamples, _ perClass: Int?) -> [Int] {
    guard let perClass else { return Array(0..<samples.count) }
    var taken: [Int32: Int] = [:]
    return samples.labels.indices.filter { index in
      taken[samples.labels[index], default: 0] += 1
      return taken[samples.labels[index]]! <= perClass
    }
  }

  /// The samples as they enter the network.
  private func inputs(_ samples: any LabeledSamples, _ indices: [Int]) throws -> [Double] {
    let size = network.inputShape.elementCount
    let limit = PhysicalMemory.byteCount / 10 * 7
    let bytes = 8 * Double(size) * Double(indices.count)
    guard bytes <= Double(limit) else {
      throw CurvatureError(
        kind: .usage, operation: "take over the samples",
        reason: "\(indices.count) of them take \(ByteCount.text(bytes)), of "
          + "\(ByteCount.text(limit)) that may be used; fewer of each class take less")
    }
    var result: [Double] = []
    result.reserveCapacity(size * indices.count)
    let feeder = BatchFeeder(
      samples, normalization: network.normalization, batchSize: max(1, min(256, indices.count)))
    try feeder.forEach(of: indices) { _, batch in
      for value in batch.usedSamples { result.append(Double(value)) }
      return true
    }
    return result
  }

  /// Every array of the network by its name below `group`.
  private func arrays(
    _ group: String, _ expected: KeyPath<Architecture, [(name: String, shape: Shape)]>
  ) throws -> [String: [Double]] {
    var result: [String: [Double]] = [:]
    for (name, shape) in network.architecture[keyPath: expected] {
      let tensor = try network.checkpoint.expecting("\(group)/\(name)")
      guard tensor.shape == shape else {
        throw TrainingError(
          kind: .badInput, operation: "load '\(group)/\(name)'",
          reason: "expected shape \(shape), found \(tensor.shape)")
      }
      result[name] = tensor.values.map(Double.init)
    }
    let prefix = group + "/"
    for name in network.checkpoint.names
    where name.hasPrefix(prefix) && result[String(name.dropFirst(prefix.count))] == nil {
      throw TrainingError(
        kind: .badInput, operation: "load '\(name)'", reason: "the network has no such array")
    }
    return result
  }
}

extension Architecture {
  fileprivate var parameterShapes: [(name: String, shape: Shape)] {
    parameters.map { ($0.name, $0.parameter.shape) }
  }

  fileprivate var statisticShapes: [(name: String, shape: Shape)] {
    allLayers.flatMap { layer in
      layer.statistics.map { ("\(layer.name)/\($0.name)", [$0.count]) }
    }
  }
}
