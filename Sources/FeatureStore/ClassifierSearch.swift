import Arrays
import CollapseCore

/// Finding W and b: by the names that were stated, or else by the usual ones.
struct ClassifierSearch {
  let layout: FeatureLayout
  let features: FeatureLayout.Features
  /// The dimension of the last layer.
  let dimension: Int
  /// How many classes the labels and their names say there are.
  let classCount: () throws -> Int

  private var options: FeatureFileOptions { layout.options }

  /// Our own name of W.
  private static let ownName = "classifier.weight"
  /// What other programs call the last layer's weights; a state dictionary may stand before it.
  private static let usualNames = [
    "classifier.weight", "fc.weight", "head.weight", "linear.weight", "head.fc.weight",
    "last_linear.weight",
  ]
  /// What arrays beside features are called.
  private static let plainNames = ["weight", "weights", "W"]
  /// What precedes the names of a model in a checkpoint.
  private static let wrappers: Set<String> = [
    "module", "model", "net", "network", "_orig_mod", "state_dict", "model_state_dict",
    "model_state", "state", "weights", "params", "state_dict_ema", "model_ema", "ema", "ema_model",
  ]
  private static let mostNames = 1 << 17

  func classifier(
    _ names: inout NamesTaken, _ warnings: inout [String]
  ) throws -> LinearClassifier? {
    if options.weights == nil, let bias = options.bias {
      throw ArrayFileError(
        kind: .usage, file: layout.source.file, problem: "a bias '\(bias)' without weights",
        choice: .classifier)
    }
    guard features.hasLast || options.weights != nil else {
      if let file = options.classifierFile {
        throw ArrayFileError(
          kind: .usage, file: file,
          problem:
            "a classifier for '\(features.arrays.last!.name)', which is not the last layer of "
            + "'\(layout.source.file)': W acts on the last", choice: .features)
      }
      return nil
    }
    let source = try options.classifierFile.map { try ArrayFile.open($0) } ?? layout.source
    if let name = options.weights {
      return try read(
        name, bias: try options.bias ?? biasBeside(name, in: source), source, &names, &warnings)
    }
    let isRequired = options.classifierFile != nil
    guard let name = try find(in: source, isRequired: isRequired, &warnings) else { return nil }
    if features.isLastAssumed, !isRequired, let other = try otherLayer(in: source, than: name) {
      warnings.append(
        "\(source.file): '\(name)' may act on '\(features.arrays.last!.name)' or on '\(other)': "
          + "left out; name it to say that it acts on what was chosen")
      return nil
    }
    if Self.normalized(name) != Self.ownName { names.take(name, for: "W") }
    return try read(name, bias: try biasBeside(name, in: source), source, &names, &warnings)
  }

  private func read(
    _ name: String, bias: String?, _ source: any ArraySource, _ names: inout NamesTaken,
    _ warnings: inout [String]
  ) throws -> LinearClassifier {
    let isOurs = Self.normalized(name) == Self.ownName
    if let bias, options.bias == nil, !isOurs { names.take(bias, for: "b") }
    // Nothing in the file tells which way round, where both would fit.
    if !isOurs, !options.weightsAreTransposed,
      try source.array(name).shape == [dimension, dimension]
    {
      warnings.append(
        "\(source.file): '\(name)' has as many rows as columns: W is taken as it stands, a row for "
          + "each class")
    }
    return try LinearClassifier(
      weights: try source.array(name), bias: try bias.map { try source.array($0) },
      dimension: dimension, options)
  }

  /// The name of the bias that belongs to the weights called `name`, where it is there.
  private func biasBeside(_ name: String, in source: any ArraySource) throws -> String? {
    for (weights, bias) in [
      ("weight", "bias"), ("kernel", "bias"), ("weights", "bias"), ("W", "b"),
    ]
    where name.hasSuffix(weights) {
      let beside = name.dropLast(weights.count) + bias
      if try source.contains(String(beside)) { return String(beside) }
    }
    return nil
  }

  /// The only array that can be W.
  private func find(
    in source: any ArraySource, isRequired: Bool, _ warnings: inout [String]
  ) throws -> String? {
    var direct: [String] = []
    var nested: [String] = []
    for name in try source.names(limit: Self.mostNames) {
      switch Self.rank(of: name) {
      case .own:
        // Ours is no guess: what does not fit is a mistake to be told.
        return name
      case .usual: direct.append(name)
      case .ending: nested.append(name)
      case nil: continue
      }
    }
    var fitting = try direct.filter { name in
      guard let shape = try shape(of: name, in: source) else { return false }
      if LinearClassifier.fits(shape, dimension: dimension, options) { return true }
      if shape.count == 2, shape[options.weightsAreTransposed ? 1 : 0] == dimension {
        // Most likely W, stored the other way round: reading it says so.
        return true
      }
      warnings.append(
        "\(source.file): '\(name)' of shape \(Shape(shape)) is no classifier for \(dimension) "
          + "features: left out")
      return false
    }
    if fitting.isEmpty, !nested.isEmpty {
      // Any layer may end so: what tells the classifier is that it has a row per class.
      let classes = try classCount()
      fitting = try nested.filter { name in
        guard let shape = try shape(of: name, in: source),
          LinearClassifier.fits(shape, dimension: dimension, options)
        else { return false }
        return shape[options.weightsAreTransposed ? 1 : 0] == classes
      }
    }
    guard let name = fitting.first else {
      guard isRequired else { return nil }
      warnings = []
      throw ArrayFileError(
        file: source.file,
        problem: "it has no classifier for features of \(dimension) numbers by a usual name"
          + (try listing(of: source)), choice: .classifier)
    }
    for other in fitting.dropFirst() where try !source.isSame(name, other) {
      throw ArrayFileError(
        file: source.file,
        problem: "'\(name)' and '\(other)' may both be the classifier: say which",
        choice: .classifier)
    }
    return name
  }

  private enum Rank { case own, usual, ending }

  /// How much a name says that its array is W.
  private static func rank(of name: String) -> Rank? {
    let parts = normalized(name).split(separator: ".")
    if parts.joined(separator: ".") == ownName { return .own }
    if plainNames.contains(name) { return .usual }
    var rank: Rank?
    for usual in usualNames {
      let ending = usual.split(separator: ".")
      guard parts.count >= ending.count, parts.suffix(ending.count).elementsEqual(ending) else {
        continue
      }
      if parts.dropLast(ending.count).allSatisfy({ wrappers.contains(String($0)) }) {
        return .usual
      }
      rank = .ending
    }
    return rank
  }

  /// A path with dots.
  private static func normalized(_ name: String) -> String {
    String((name.hasPrefix("/") ? name.dropFirst() : name[...]).map { $0 == "/" ? "." : $0 })
  }

  private func shape(of name: String, in source: any ArraySource) throws -> [Int]? {
    if try source.texts(name) != nil { return nil }
    return try source.array(name).shape
  }

  /// Another array of as many rows and numbers as the chosen features.
  private func otherLayer(in source: any ArraySource, than weights: String) throws -> String? {
    let chosen = features.arrays.last!.array
    return try source.names(limit: 4096).first { name in
      guard name != weights, !options.features.contains(name),
        !options.features.contains(String(name.dropFirst())), let array = try? source.array(name)
      else { return false }
      guard array.shape == chosen.shape, !array.element.isInteger else { return false }
      return try !source.isSame(name, options.features.last!)
    }
  }

  /// The arrays that could be named: those of the right width.
  private func listing(of source: any ArraySource) throws -> String {
    var found: [String] = []
    for name in try source.names(limit: 4096) where found.count < 9 {
      guard let array = try? source.array(name),
        LinearClassifier.fits(array.shape, dimension: dimension, options)
      else { continue }
      found.append("'\(name)' \(Shape(array.shape))")
    }
    if found.isEmpty { return source.listing }
    return "; of that width are \(found.prefix(8).joined(separator: ", "))"
      + (found.count > 8 ? " and more" : "")
  }
}
