public import CollapseCore
public import FeatureStore
import Files
public import NeuralCollapse

/// An analysis of one set in parts: the first pass over each part, the second with what all first
/// ones found, and the measures of what all second ones found.
extension AnalysisBatch {
  /// Sums up a part of the rows of a set.
  ///
  /// - Parameters:
  ///   - first: the files of the first pass, of all its parts; none for the first pass itself.
  ///   - arguments: what the analysis was told.
  ///   - path: where the sums are to be written.
  public func partial(
    of set: FeatureSource, _ part: AnalysisPart, after first: [PartialFile], arguments: [String],
    to path: String, interruption: Interruption = Interruption()
  ) throws -> PartialFile {
    var analysis = analysis
    analysis.options.threads = threads
    analysis.options.interruption = interruption
    if analysis.isUnlabelled {
      throw PartialSumsError.takesAllRows("what is measured without labels")
    }
    let references = try References(self, analysis, sets: [set])
    let open = try open(set, references)
    if !first.isEmpty { try first.check(.means, of: open, "take up") }
    let features = try matched(open, references)
    let trainingMeans = try references.classMeans(of: open.training, for: features)
    let layers = try features.layers.map { layer in
      var options = analysis.options(of: layer, in: features, trainingMeans: trainingMeans)
      options.outOfDistributionSets = []
      let analyzer = CollapseAnalyzer(options: options)
      let rows = [LabeledFeatures(features: layer.rows, labels: features.labels)]
      guard !first.isEmpty else {
        return PartialFile.Layer(
          name: layer.name, sums: try analyzer.meanSums(of: rows, part: part), first: nil)
      }
      let means = try first.sums(of: layer.name).merged(threads: threads)
      return PartialFile.Layer(
        name: layer.name,
        sums: try analyzer.scatterSums(
          of: rows, classifier: layer.classifier, after: [means], part: part), first: means)
    }
    return PartialFile(
      path: path,
      content: PartialFile.Content(
        pass: first.isEmpty ? .means : .scatter, part: part, arguments: arguments,
        inputs: open.inputs.map(\.text), stamp: open.stamp,
        firstDigest: first.isEmpty
          ? nil : Digest.sha256(try ArrayCoding.encode(layers.map(\.first))), layers: layers))
  }

  /// The measures of a set of which all parts are summed up.
  ///
  /// - Throws: `FileError` that names a file which is not of this analysis, or parts that are missing.
  public func merged(
    _ set: FeatureSource, _ partials: [PartialFile], interruption: Interruption = Interruption()
  ) throws -> Outcome {
    var analysis = analysis
    analysis.options.threads = threads
    analysis.options.interruption = interruption
    let references = try References(self, analysis, sets: [set])
    let open = try open(set, references)
    try partials.check(.scatter, of: open, "merge")
    let entry = try measure(open, analysis, references) { analyzer, layer, rows in
      let first = partials[0].content.layers.first { $0.name == layer.name }?.first
      return try analyzer.report(
        of: rows, classifier: layer.classifier, means: [first].compactMap(\.self),
        scatter: try partials.sums(of: layer.name))
    }
    return Outcome(entries: [entry], failures: [], reused: 0, remaining: 0)
  }
}

extension [PartialFile] {
  fileprivate func sums(of layer: String) throws -> [PartialSums] {
    try map { file in
      guard let found = file.content.layers.first(where: { $0.name == layer }) else {
        throw FileError(
          kind: .badInput, operation: "read", path: file.path,
          reason: "it has no sums of layer '\(layer)'")
      }
      return found.sums
    }
  }

  /// Refuses, by their names, files that are not all parts of one pass over a set as it is now.
  fileprivate func check(
    _ pass: PartialSums.Pass, of set: AnalysisBatch.OpenSet, _ operation: String
  ) throws {
    func refuse(_ file: PartialFile, _ reason: String, kind: FailureKind = .badInput) -> FileError {
      FileError(kind: kind, operation: operation, path: file.path, reason: reason)
    }
    var parts: [Int: PartialFile] = [:]
    for file in self {
      guard file.pass == pass else {
        throw refuse(
          file,
          pass == .means
            ? "it is of the second pass, expected files of the first"
            : "it is of the first pass; the second takes it: the same 'collapse analyze' with "
              + "--after, and another --partial")
      }
      guard file.content.stamp == set.stamp else {
        let inputs = set.inputs.map(\.text)
        let changed = file.content.inputs.first { !inputs.contains($0) }
        throw refuse(
          file,
          changed.map { "it is of other features: '\($0)' is not, or no longer, among the files" }
            ?? (file.content.inputs.count == inputs.count
              ? "it is of another analysis: options, or the files it goes by, differ"
              : "it is of \(file.content.inputs.count) files, not \(inputs.count)"))
      }
      guard file.part.count == self[0].part.count else {
        throw refuse(
          file, "it is one of \(file.part.count) parts, '\(self[0].path)' of \(self[0].part.count)")
      }
      guard file.content.firstDigest == self[0].content.firstDigest else {
        throw refuse(file, "its first pass is another than that of '\(self[0].path)'")
      }
      if let same = parts[file.part.index] {
        throw refuse(file, "it is part \(file.part.index + 1), as is '\(same.path)'")
      }
      parts[file.part.index] = file
    }
    let missing = (0..<self[0].part.count).filter { parts[$0] == nil }
    guard missing.isEmpty else {
      let list = missing.prefix(8).map { String($0 + 1) }.joined(separator: ", ")
      throw refuse(
        self[0],
        "of \(self[0].part.count) parts \(list)\(missing.count > 8 ? ", …" : "") "
          + (missing.count == 1 ? "is missing" : "are missing"), kind: .missingInput)
    }
  }
}
