public import CollapseCore
public import Datasets

/// One more set that a network is tested on, besides the test split.
///
/// ```yaml
/// dataset:
///   synthetic: { kind: two-moons, margin: 0.1 }
///   testSets:
///     - { as: overlapping, synthetic: { kind: two-moons, margin: -0.2 } }
/// ```
public struct TestSetConfiguration: Sendable, Hashable {
  /// What metrics, feature files and reports call it.
  public var name: String
  /// Where its samples come from; with none of `path`, `name` and `synthetic`, the training data's
  /// own source, of which `split` may be chosen.
  public var source: SampleSource
  /// How they are shaped; absent: as those of the test split are.
  public var shaping: Shaping?

  public init(
    name: String, source: SampleSource = SampleSource(), shaping: Shaping? = nil
  ) {
    self.name = name
    self.source = source
    self.shaping = shaping
  }

  /// A set of a name and a source, as they are stated on a command line.
  ///
  /// - Throws: ``DatasetError`` where the name cannot be one.
  public init(naming name: String, _ source: SampleSource) throws(DatasetError) {
    if let problem = TestSetConfiguration.problem(ofName: name) {
      throw DatasetError(file: "the test set's name", problem: problem, kind: .usage)
    }
    self.init(name: name, source: source)
  }

  /// Whether it has files or samples of its own.
  var hasSource: Bool { source.path != nil || source.name != nil || source.synthetic != nil }

  /// Where the samples come from, and which split of it, in a data set.
  func source(in dataset: DatasetConfiguration) -> (source: SampleSource, split: String) {
    if hasSource { return (source, source.split ?? "test") }
    if let split = source.split { return (dataset.train, split) }
    let test = dataset.test ?? dataset.train
    return (test, dataset.test?.split ?? "test")
  }
}

extension TestSetConfiguration: Configurable {
  public static var standard: TestSetConfiguration { TestSetConfiguration(name: "") }

  public static var fields: [Field<TestSetConfiguration>] {
    [
      Field(
        "as", \.name, "What metrics and reports call it: letters, digits and _.",
        isRequired: true),
      Field(
        "shaping", \.shaping, "How its samples are shaped.",
        absence: "as those of the test split are"),
    ] + SampleSource.fields.map { $0.lifted(to: \.source) }
  }

  public func settle(_ stated: StatedFields) throws(ConfigurationFault) {
    if let problem = TestSetConfiguration.problem(ofName: name) {
      throw stated.fault("as", problem)
    }
    if shaping?.normalization != nil {
      throw stated.fault(
        "shaping", "has a normalization, which is that of the training samples for every set")
    }
    if hasSource { return try source.settle(stated) }
    let files = SampleSource.fields.map(\.name).filter { $0 != "split" }
    if let field = files.first(where: { stated.contains($0) }) {
      throw stated.fault(field, "goes with one of path, name and synthetic")
    }
  }

  /// What keeps a text from being the name of a test set: it is part of the names of columns and
  /// files.
  static func problem(ofName name: String) -> String? {
    let characters = name.unicodeScalars
    let isWord = characters.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_")
    }
    guard isWord, characters.first?.properties.isAlphabetic == true else {
      return "expected a letter, then letters, digits and _, found '\(name)'"
    }
    return ["train", "test", "all"].contains(name) ? "'\(name)' is the name of a split" : nil
  }
}
