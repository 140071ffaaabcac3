import CollapseCore
import Datasets
import Files
import Networks

/// A pipeline as its YAML file states it: one configuration, or a grid of them.
///
/// ```yaml
/// name: quickstart
/// dataset: { train: { path: data/sample/idx } }
/// grid:
///   network.batchNormalization: [none, all]
///   training.weightDecay: [1e-5, 5e-3]
/// ```
///
/// Each key under `grid` is the dotted path of a field, each value the list it runs through; the
/// product of the lists is run, the last key changing fastest. A value that is a mapping,
/// `network: [{batchNormalization: all}, {batchNormalization: none}]`, sets the fields it names and
/// leaves the others of `network` as they are. Under `profiles` stand named
/// variations, one of which can be chosen. With `laboratory:` it is about a model instead, and has no
/// runs.
public struct PipelineFile: Sendable {
  /// One point of the grid.
  public struct Run: Sendable {
    /// The fields the grid sets, in the order of the file, with their values as written.
    public let gridValues: [(field: String, value: String)]
    /// The same, each number in its one spelling: what the run is named after.
    public let nameValues: [(field: String, value: String)]
    public let configuration: RunConfiguration
    /// What the configuration was decoded from, and the file's name, for messages.
    fileprivate let source: ConfigurationNode
    fileprivate let file: String
  }

  /// The path as the user gave it, for messages.
  public let file: String
  /// The text of the file, for the report.
  public let text: String
  public let name: String
  /// What the report is called.
  public let title: String
  public let summary: String?
  /// The claims the study is about, by name; `nil` for those about what its runs differ in.
  public let claims: [String]?
  /// The points of the grid; none where it is a ``laboratory``'s.
  public let runs: [Run]
  /// The experiment that it is, where it is about a model and not about data.
  public let laboratory: LaboratoryExperiment?

  /// The profile that was chosen.
  public let profile: String?
  /// The changes made to it, `key=value`.
  public let overrides: [String]
  /// The names of the profiles there are, in the order of the file.
  public let profiles: [String]

  /// Reads and expands the pipeline at `path`.
  ///
  /// - Parameters:
  ///   - profile: the name of one of the file's profiles, whose changes are made first.
  ///   - overrides: `key=value` with dotted keys, applied last; one that sets a field of the grid
  ///     takes that field out of the grid, and `grid.field=[…]` gives it another list.
  /// - Throws: ``FileError``, or ``ConfigurationError`` naming line, column and the nearest known
  ///   key.
  public init(path: String, profile: String? = nil, overrides: [String] = []) throws {
    let text = String(decoding: try FileContents.read(path), as: UTF8.self)
    try self.init(yaml: text, file: path, profile: profile, overrides: overrides)
  }

  /// Expands a pipeline from its text; `file` names it in messages.
  public init(
    yaml text: String, file: String, profile: String? = nil, overrides: [String] = []
  ) throws(ConfigurationError) {
    let outline = try PipelineOutline(
      yaml: text, file: file, profile: profile, overrides: overrides)
    let (root, grid) = (outline.root, outline.grid)
    if let stated = root[LaboratoryDocument.key], !stated.isNull {
      if let axis = grid.axes.first {
        throw ConfigurationError(
          file: file, position: axis.position,
          problem: "grid: a laboratory's experiment has lists of its own, and no grid")
      }
      let read = ConfigurationReader.read(LaboratoryDocument.self, from: root)
      if let error = ConfigurationError(read.faults, file: file) { throw error }
      // Without a fault there is a value.
      let document = read.value!
      self.init(
        file: file, text: text, header: document.header, runs: [],
        laboratory: document.laboratory, profile: profile, overrides: overrides,
        profiles: outline.profiles)
      return
    }
    var header: PipelineHeader?
    var runs: [Run] = []
    var faults: [ConfigurationFault] = []
    for point in grid.points() {
      let node = try outline.node(of: point)
      let read = ConfigurationReader.read(PipelineDocument.self, from: node)
      faults += read.faults
      guard let document = read.value else { continue }
      header = header ?? document.header
      runs.append(
        Run(
          gridValues: point.map { ($0.field, $0.value.flowText) },
          nameValues: point.map { ($0.field, $0.value.canonicalText) },
          configuration: document.configuration, source: node, file: file))
    }
    if let error = ConfigurationError(faults, file: file) { throw error }
    let first = header!  // a grid has at least one point
    if let bad = grid.axes.first(where: { PipelineDocument.headerKeys.contains($0.field) }) {
      throw ConfigurationError(
        file: file, position: bad.position,
        problem: "grid: '\(bad.field)' is that of the pipeline, not of a run")
    }
    self.init(
      file: file, text: text, header: first, runs: runs, laboratory: nil, profile: profile,
      overrides: overrides, profiles: outline.profiles)
  }

  private init(
    file: String, text: String, header: PipelineHeader, runs: [Run],
    laboratory: LaboratoryExperiment?, profile: String?, overrides: [String],
    profiles: [Profile]
  ) {
    self.file = file
    self.text = text
    name = header.name
    title = header.title ?? header.name
    summary = header.summary
    claims = header.claims
    self.profile = profile
    self.overrides = overrides
    self.profiles = profiles.map(\.name)
    self.runs = runs
    self.laboratory = laboratory
  }
}

extension PipelineFile.Run {
  /// `error`, which shows only with the data, with the place of the field that it is about:
  /// the shaping, or a network that cannot take the samples.
  func placed(_ error: any Error) -> any Error {
    let field: String
    switch error {
    case let error as DatasetError where error.file.hasPrefix("dataset."):
      field = "\(error.file).\(error.location ?? "")"
    case is NetworkError: field = "network.kind"
    default: return error
    }
    let place = source.place(of: field.split(separator: "."))
    return ConfigurationError(
      file: place?.origin ?? file, position: place?.position, problem: "\(error)",
      kind: (error as? any ClassifiedError)?.kind ?? .usage)
  }
}
