public import CollapseCore
import Curvature
import LinearAlgebra
import Networks
public import Reporting
import Synchronization
import Training

/// The second derivatives of a checkpoint's loss on samples.
public struct CurvatureMeasurement {
  /// What is said on the way.
  public enum Event: Sendable {
    /// What is under way; the next one replaces it.
    case underWay(String)
    /// What has been done, and how long it took.
    case done(String)
  }

  private let options: CurvatureOptions
  private let header: CheckpointHeader
  private let problem: CurvatureProblem
  private let epoch: Int?
  private let split: String
  private let interruption: Interruption
  private var notes: [String] = []

  /// - Parameters:
  ///   - extraction: the network.
  ///   - samples: in the form the network takes, with its labels.
  /// - Throws: ``CurvatureError`` where the network, the loss or the samples do not allow it, and
  ///   where memory does not suffice.
  public init(
    _ extraction: FeatureExtraction, _ samples: any LabeledSamples, split: String,
    options: CurvatureOptions, threads: Int, interruption: Interruption = Interruption()
  ) throws {
    guard let network = extraction.extractor as? FeatureExtractor else {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature of the network",
        reason: "it is run by ONNX Runtime, which gives no second derivatives; a network of layers "
          + "that are known here is needed")
    }
    self.options = options
    self.split = split
    self.interruption = interruption
    header = network.header
    epoch = extraction.epoch
    let source = CurvatureSource(network, threads: threads)
    var training = header.options
    if let loss = options.loss {
      training.loss = loss
    } else if !extraction.knowsTraining {
      notes.append("nothing says what loss the network was trained with: cross-entropy is taken")
    }
    var statistics = CurvatureProblem.Statistics.running
    if options.statistics == .batch {
      statistics = .batch(size: options.batchSize ?? training.batchSize, seed: options.seed)
    }
    problem = try source.problem(
      samples, perClass: options.perClass, training: training,
      includesPenalties: options.penalties, statistics: statistics)
  }

  /// Does all that was asked for.
  ///
  /// - Throws: ``CurvatureError``, and `WorkInterrupted`.
  public func run(onEvent: (Event) -> Void = { _ in }) throws -> CurvatureRecord {
    onEvent(.underWay("base pass over \(problem.sampleCount) samples"))
    let curvature = try NetworkCurvature(problem, interruption: interruption)
    var record = record(of: curvature)
    var vectors: [(matrix: String, top: [[Double]])] = []
    for name in matrixNames {
      let (spectrum, top) = try self.spectrum(
        of: curvature.matrix(name), name, detail: true, onEvent)
      record.spectra.append(spectrum)
      if let note = unconverged(spectrum) { record.notes.append(note) }
      vectors.append((name, top))
    }
    if options.decomposition { try decompose(curvature, vectors, &record, onEvent) }
    if options.layerBlocks {
      for (layer, range) in problem.layout.layers {
        let spectra = try matrixNames.map { name in
          let block = DiagonalBlock(curvature.matrix(name), range)
          return try spectrum(of: block, name, layer: layer, detail: false, onEvent).0
        }
        record.layers.append(.init(name: layer, parameters: range.count, spectra: spectra))
      }
    }
    return record
  }

  private var matrixNames: [String] {
    switch options.matrices {
    case .both:
      [CurvatureOptions.Matrices.hessian.rawValue, CurvatureOptions.Matrices.gaussNewton.rawValue]
    case .hessian, .gaussNewton: [options.matrices.rawValue]
    }
  }

  private func record(of curvature: NetworkCurvature) -> CurvatureRecord {
    let hasMoments = problem.architecture.allLayers.contains { !$0.statistics.isEmpty }
    let batchSize: Int? = if case .batch(let size, _) = problem.statistics { size } else { nil }
    var record = CurvatureRecord(
      epoch: epoch, split: split, samples: problem.sampleCount, parameters: curvature.dimension,
      classes: problem.classCount, loss: type(of: (options.loss ?? header.options.loss).value).kind,
      lossValue: curvature.loss, gradientNorm: norm(curvature.gradient),
      penalties: options.penalties, statistics: hasMoments ? options.statistics.rawValue : "none",
      batchSize: hasMoments ? batchSize : nil, seed: options.seed, tolerance: options.tolerance)
    record.step = header.step > 0 ? header.totalSteps : nil
    record.notes = notes
    if !curvature.keepsActivations {
      record.notes.append("activations do not fit in memory: every product makes them anew")
    }
    return record
  }

  /// The spectrum of a matrix, and its top C eigenvectors where the decomposition asks for them.
  private func spectrum(
    of matrix: some SymmetricOperator, _ name: String, layer: String? = nil, detail: Bool,
    _ onEvent: (Event) -> Void
  ) throws -> (CurvatureRecord.Spectrum, top: [[Double]]) {
    let title = name + (layer.map { " of \($0)" } ?? "")
    onEvent(.underWay("\(title): checking products"))
    let matrix = TimedProducts(matrix)
    let check = try OperatorCheck(of: matrix, seed: options.seed)
    var spectrum = CurvatureRecord.Spectrum(matrix: name, asymmetry: check.asymmetry)
    var top: [[Double]] = []
    let count = detail ? options.eigenvalues ?? 2 * problem.classCount : 1
    let smallest = detail ? options.smallest : 0
    // The overlap is that of the top C.
    let wanted = detail && options.decomposition ? max(count, problem.classCount) : count
    if wanted + smallest > 0 {
      var lanczos = Lanczos(
        largest: min(wanted, matrix.dimension), smallest: min(smallest, matrix.dimension),
        tolerance: options.tolerance, steps: options.steps, seed: options.seed)
      lanczos.wantsVectors = detail && options.decomposition
      lanczos.threads = problem.threads
      let found = try lanczos.run(matrix) {
        onEvent(.underWay("\(title): eigenvalues, product \($0) of at most \(options.steps)"))
      }
      spectrum.largest = found.largest.prefix(count).map(CurvatureRecord.Eigenvalue.init)
      spectrum.smallest = found.smallest.map(CurvatureRecord.Eigenvalue.init)
      spectrum.eigenvalueProducts = found.steps
      spectrum.isConverged = found.hasConverged
      top = Array(found.vectors.prefix(problem.classCount))
    }
    if options.trace > 0 {
      let trace = try TraceEstimate(
        of: matrix, budget: options.trace, seed: options.seed, threads: problem.threads
      ) { onEvent(.underWay("\(title): trace, product \($0) of \(options.trace)")) }
      spectrum.trace = .init(
        value: trace.value, standardError: trace.standardError, products: trace.products)
    }
    if detail, options.density > 0 {
      let products = options.density * options.densitySteps
      let density = try SpectralDensity(
        of: matrix, starts: options.density, steps: options.densitySteps, seed: options.seed,
        threads: problem.threads
      ) { onEvent(.underWay("\(title): density, product \($0) of \(products)")) }
      spectrum.density = density.quadratures.map { .init(nodes: $0.nodes, weights: $0.weights) }
    }
    onEvent(.done("\(title): \(matrix.summary)"))
    return (spectrum, top)
  }

  /// What there is to say of eigenvalues that are not as near as was asked.
  private func unconverged(_ spectrum: CurvatureRecord.Spectrum) -> String? {
    let all = spectrum.largest + spectrum.smallest
    let scale = all.map(\.value.magnitude).max() ?? 0
    let far = all.count { $0.bound > options.tolerance * scale }
    guard far > 0, !spectrum.isConverged else { return nil }
    return
      "\(spectrum.matrix): \(far) of \(all.count) eigenvalues are not within the tolerance after "
      + "\(spectrum.eigenvalueProducts) products"
  }

  private func decompose(
    _ curvature: NetworkCurvature, _ vectors: [(matrix: String, top: [[Double]])],
    _ record: inout CurvatureRecord, _ onEvent: (Event) -> Void
  ) throws {
    let steps = ClassDecomposition.stepCount(classes: problem.classCount)
    do {
      let parts = try ClassDecomposition(curvature) {
        onEvent(.underWay("decomposition by classes, pass \($0) of \(steps)"))
      }
      var overlap: [String: Double] = [:]
      for (matrix, top) in vectors where !top.isEmpty {
        overlap[matrix] = try parts.overlap(with: top)
      }
      record.decomposition = .init(
        traces: parts.traces, classEigenvalues: parts.classEigenvalues,
        crossClassEigenvalues: Array(parts.crossClassEigenvalues.prefix(2 * problem.classCount)),
        overlap: overlap,
        chance: Double(problem.classCount) / Double(curvature.dimension))
    } catch let error as CurvatureError where error.kind == .usage {
      record.notes.append("\(error)")
    }
  }
}

/// A matrix whose products are counted.
private final class TimedProducts<Whole: SymmetricOperator>: SymmetricOperator {
  private let whole: Whole
  private let made = Mutex((count: 0, seconds: 0.0))

  init(_ whole: Whole) { self.whole = whole }

  var dimension: Int { whole.dimension }

  func product(_ vector: [Double]) throws -> [Double] {
    let start = ContinuousClock.now
    defer {
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      made.withLock { $0 = ($0.count + 1, $0.seconds + seconds) }
    }
    return try whole.product(vector)
  }

  /// `123 products, 0.31 s each`.
  var summary: String {
    let (count, seconds) = made.withLock { $0 }
    let each = NumberFormat.significant(3).text(seconds / Double(max(1, count)))
    return "\(count) products, \(each) s each"
  }
}

extension NetworkCurvature {
  fileprivate func matrix(_ name: String) -> CurvatureMatrix {
    CurvatureMatrix(
      curvature: self, isHessian: name == CurvatureOptions.Matrices.hessian.rawValue)
  }
}

/// H or G.
private struct CurvatureMatrix: SymmetricOperator {
  let curvature: NetworkCurvature
  let isHessian: Bool

  var dimension: Int { curvature.dimension }

  func product(_ vector: [Double]) throws -> [Double] {
    try isHessian ? curvature.hessianProduct(vector) : curvature.gaussNewtonProduct(vector)
  }
}

extension CurvatureRecord.Eigenvalue {
  fileprivate init(_ found: Lanczos.Eigenvalue) {
    self.init(value: found.value, bound: found.bound)
  }
}
