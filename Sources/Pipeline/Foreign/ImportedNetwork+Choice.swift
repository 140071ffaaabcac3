import Arrays
public import CollapseCore
import Datasets
import FeatureStore
import Files
import Networks
import Training

extension ImportedNetwork {
  /// Reads the network in the file at `path` and checks it on `samples`.
  ///
  /// The arrays' order and shapes tell the structure; what they leave open is tried in every way.
  /// Each reading is run on some hundred samples: the one whose batch normalizations take in what
  /// they remember is taken. Activations, poolings after the last normalization and ε do not show
  /// there: the accuracy, or outputs that are stated, must speak for them.
  ///
  /// - Parameters:
  ///   - samples: prepared in size and channels as `options` say, under the labels of their own
  ///     classes; `nil` without data.
  ///   - input: the shape of one sample, where there are none.
  /// - Throws: ``NetworkError`` of kind `badInput` where the arrays are of no known structure, where
  ///   no reading fits or more than one, and where nothing confirms the one that does, unless it
  ///   is to be trusted.
  public init(
    _ path: String, _ options: ImportOptions, samples: (any LabeledSamples)?, input: Shape
  ) throws {
    let file = try ForeignFile(path, at: options.place)
    do {
      try self.init(file, options, samples, samples?.sampleShape ?? input)
    } catch let error as NetworkError {
      throw error.located(in: path)
    }
  }

  init(
    _ file: ForeignFile, _ options: ImportOptions, _ samples: (any LabeledSamples)?, _ input: Shape
  ) throws {
    let readings = try Self.readings(of: file, options, samples, input)
    let classNames = try Self.classNames(of: readings[0].classCount, options, samples)
    let preparation = options.preprocessing.normalization
    let template = try CheckpointContent(file, options, classNames: classNames, preparation)
    var tensors: [String: Tensor] = [:]
    for pair in readings.flatMap(\.pairs) where tensors[pair.source] == nil {
      tensors[pair.source] = try file.tensor(pair.source)
    }
    guard let samples, samples.count > 0 else {
      guard options.isTrusted else { throw Self.unchecked }
      let mapping = readings[0]
      self.init(
        checkpoint: try template.checkpoint(mapping, tensors, .none), mapping: mapping, probe: nil,
        confirmation: .none, rejected: [])
      return
    }
    let named = try? samples.matched(to: classNames, of: "the checkpoint", name: "the samples")
    let some = (named ?? samples).spread(Self.sampleCount(samples.sampleShape))
    let stated = try options.logits.map { try LogitsCheck($0, classes: readings[0].classCount) }
    let candidates = try readings.map { mapping in
      let checkpoint = try template.checkpoint(mapping, tensors, .none)
      let probe = try MomentProbe(
        mapping.architecture, checkpoint, samples: some, normalization: preparation,
        isLabelled: named != nil, threads: options.threads)
      let comparison =
        probe.fits
        ? try stated?.comparison(
          with: FeatureExtractor(checkpoint, threads: options.threads), samples) : nil
      return Candidate(mapping: mapping, probe: probe, comparison: comparison)
    }
    let chosen = try Self.choose(among: candidates, of: some.count, stated, options)
    let confirmation = try Self.confirmation(
      accuracy: chosen.probe.accuracy, chosen.comparison, stated, options, some,
      assumptions: chosen.mapping.assumptions)
    self.init(
      checkpoint: try template.checkpoint(
        chosen.mapping, tensors, confirmation,
        doubt: chosen.probe.fits ? nil : Self.misfitText(chosen, of: 1)),
      mapping: chosen.mapping, probe: chosen.probe, confirmation: confirmation,
      rejected: candidates.filter { $0.mapping.unusual != chosen.mapping.unusual }
        .map { $0.mapping.difference(from: chosen.mapping) })
  }

  /// Another checkpoint of the structure of `model`, with its mapping.
  init(_ file: ForeignFile, _ options: ImportOptions, like model: ImportedNetwork) throws {
    let content = try CheckpointContent(
      file, options, classNames: CheckpointHeader(model.checkpoint).classNames,
      options.preprocessing.normalization)
    var tensors: [String: Tensor] = [:]
    for pair in model.mapping.pairs { tensors[pair.source] = try file.tensor(pair.source) }
    self.init(
      checkpoint: try content.checkpoint(model.mapping, tensors, model.confirmation),
      mapping: model.mapping, probe: nil, confirmation: model.confirmation, rejected: [])
  }

  struct Candidate {
    let mapping: NetworkMapping
    let probe: MomentProbe
    /// With outputs that are stated, where the moments fit.
    let comparison: LogitsCheck.Comparison?
  }

  private static func readings(
    of file: ForeignFile, _ options: ImportOptions, _ samples: (any LabeledSamples)?,
    _ input: Shape
  ) throws -> [NetworkMapping] {
    let state: StateDictionary
    switch file.structure {
    case .arrays(let arrays): state = arrays
    case .graph(let graph):
      guard options.network == nil else {
        throw refuse("a graph says itself what network it is; none can be described for it")
      }
      return [try NetworkMapping(graph, input: input, head: options.head)]
    }
    guard options.head == nil else {
      throw refuse("arrays have no operators; '\(options.head ?? "")' is of use for graphs only")
    }
    guard let network = options.network else {
      return try NetworkMapping.readings(of: state, input: input, epsilon: options.epsilon)
    }
    // The last matrix has a row for each class.
    let classes =
      options.classNames?.count
      ?? state.entries.last { $0.shape.rank == 2 }?.shape[0] ?? samples?.classCount ?? 0
    return [try NetworkMapping(state, to: network, input: input, classes: classes)]
  }

  /// The classes of a classifier with `count` outputs.
  static func classNames(
    of count: Int, _ options: ImportOptions, _ samples: (any LabeledSamples)?
  ) throws -> [String] {
    if let names = options.classNames {
      guard names.count == count else {
        throw refuse("its classifier has \(count) outputs, and \(names.count) classes are named")
      }
      return names
    }
    guard let samples else { return (0..<count).map(String.init) }
    guard samples.classCount == count else {
      throw refuse(
        "its classifier has \(count) outputs and the data \(samples.classCount) classes: name the "
          + "class of each output", missing: .classes)
    }
    return samples.classNames
  }

  /// Enough for medians to settle; images of 224×224 take longer and have more pixels.
  static func sampleCount(_ shape: Shape) -> Int {
    max(64, min(512, (1 << 21) / max(1, shape.elementCount)))
  }

  static let unchecked = refuse(
    "not checked: without data nothing shows that the network is put together as it was "
      + "trained; give samples of it, or say that it is to be trusted",
    missing: .trust)

  static func refuse(_ reason: String, missing: NetworkError.Missing? = nil) -> NetworkError {
    NetworkError(
      kind: .badInput, operation: "take over the network", reason: reason, missing: missing)
  }
}

extension LabeledSamples {
  /// At most `limit` samples from all over the set, as sets often come class after class.
  func spread(_ limit: Int) -> Self {
    guard count > limit else { return self }
    return selecting((0..<limit).map { $0 * count / limit })
  }
}

// MARK: Which reading, and what confirms it

extension ImportedNetwork {
  /// The one reading whose moments fit; where several do, the one that gives the outputs stated, or
  /// that answers right.
  private static func choose(
    among candidates: [Candidate], of count: Int, _ stated: LogitsCheck?, _ options: ImportOptions
  ) throws -> Candidate {
    let fitting = candidates.filter(\.probe.fits)
    if fitting.isEmpty {
      if options.isTrusted { return candidates[0] }
      let closest = candidates.min { $0.misfit < $1.misfit }!
      throw refuse(misfitText(closest, of: candidates.count))
    }
    if let stated {
      let closest = fitting.min { $0.difference < $1.difference }!
      if let comparison = closest.comparison, !comparison.agrees, !options.isTrusted {
        throw stated.refusal(comparison)
      }
      return closest
    }
    // Moments of the right one are off by what another sample of the data makes of them; those of
    // another that may pass, as on small images, by several times as much.
    let byMoments = fitting.sorted { $0.misfit < $1.misfit }
    if byMoments.count == 1 || byMoments[0].misfit < byMoments[1].misfit / 2 { return byMoments[0] }
    let ranked = fitting.sorted { ($0.probe.accuracy ?? 0) > ($1.probe.accuracy ?? 0) }
    let (first, second) = (ranked[0].probe.accuracy ?? 0, ranked[1].probe.accuracy ?? 0)
    // Three standard deviations of the difference of two shares.
    if first - second > 3 * (0.5 / Double(count)).squareRoot() { return ranked[0] }
    if options.isTrusted { return fitting[0] }
    throw refuse(
      "two structures fit its arrays and its moments: with "
        + ranked[0].mapping.difference(from: ranked[1].mapping) + " (accuracy "
        + "\(first.shortestText)), or with " + ranked[1].mapping.difference(from: ranked[0].mapping)
        + " (\(second.shortestText)): describe the network",
      missing: .network)
  }

  private static func misfitText(_ closest: Candidate, of count: Int) -> String {
    let rows = closest.probe.rows
    let first = rows.first { !$0.fits }!
    func text(_ value: Double) -> String { ((value * 100).rounded() / 100).shortestText }
    return "what its batch normalizations take in is not what they remember"
      + (count > 1 ? ", in none of \(count) readings of its arrays" : "")
      + ": in the closest, from '"
      + "\(first.layer)' on (\(rows.firstIndex(of: first)! + 1) of \(rows.count)) means are off by "
      + "\(text(first.shift)) σ (0.3 are allowed) and the logarithms of variances by "
      + "\(text(first.logVariance)) (0.7)"
      + (rows.first == first
        ? "; in the first one this is how samples are prepared (means, deviations, size)" : "")
  }

  /// What speaks for a network, or a refusal.
  static func confirmation(
    accuracy: Double?, _ comparison: LogitsCheck.Comparison?, _ stated: LogitsCheck?,
    _ options: ImportOptions, _ some: any LabeledSamples, assumptions: [String]
  ) throws -> Confirmation {
    if let stated, let comparison {
      return .logits(count: stated.count, difference: comparison.difference)
    }
    guard let accuracy else {
      if options.isTrusted { return .none }
      throw refuse(
        "its outputs are not the data's classes, so no accuracy confirms it ("
          + assumptions.joined(separator: "; ") + "): give outputs to compare with, "
          + "or say that it is to be trusted", missing: .trust)
    }
    let count = Double(some.count)
    let guessing = Double(some.countsPerClass.max() ?? 0) / count
    let margin = 5 * (guessing * (1 - guessing) / count).squareRoot()
    guard accuracy > guessing + margin || options.isTrusted else {
      throw refuse(
        "its accuracy on \(some.count) samples is \(accuracy.shortestText), no better than guessing "
          + "(\(guessing.shortestText)): nothing confirms what was taken for granted ("
          + assumptions.joined(separator: "; ")
          + "); are the classes in this order, "
          + "the samples prepared as in its training?", missing: .trust)
    }
    return .accuracy(accuracy, samples: some.count)
  }
}

extension ImportedNetwork.Candidate {
  /// From outputs that are stated.
  fileprivate var difference: Double { comparison?.difference ?? .infinity }

  /// How far the worst normalization is off, in units of what is allowed.
  fileprivate var misfit: Double {
    probe.worst.map { max($0.shift / 0.3, $0.logVariance / 0.7) } ?? 0
  }
}
