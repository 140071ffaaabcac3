/// Runs that belong together, and what a reader needs to repeat them: the content of a report.
///
/// `write(to:)` makes the page, the figures and the tables; `text(as:)` gives the tables alone.
public struct StudyReport: Sendable, Hashable, Codable {
  /// A library or program the runs depend on.
  public struct Version: Sendable, Hashable, Codable {
    public var name: String
    public var version: String

    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }
  }

  public var title: String
  /// One or two sentences under the title.
  public var summary: String
  public var runs: [RunRecord]
  /// The pipeline as YAML.
  public var configuration: String?
  public var versions: [Version]
  /// The command that makes these runs again.
  public var command: String?
  /// The claims the study is about, by their names or their papers'; `nil` for those about any
  /// study and those about an axis its runs differ in.
  public var about: [String]?

  public init(
    title: String, summary: String = "", runs: [RunRecord], configuration: String? = nil,
    versions: [Version] = [], command: String? = nil, about: [String]? = nil
  ) {
    self.title = title
    self.summary = summary
    self.runs = runs
    self.configuration = configuration
    self.versions = versions
    self.command = command
    self.about = about
  }
}
