import Files
import FoundationEssentials

/// What has been done in a run folder: `manifest.json`.
public struct RunManifest: Sendable, Hashable, Codable {
  public static let format = "collapse-run"
  public static let currentVersion = 1

  /// A file a stage wrote.
  public struct Output: Sendable, Hashable, Codable {
    /// Relative to the run folder.
    public var path: String
    public var byteCount: Int
  }

  /// A stage that ran to its end.
  public struct StageRecord: Sendable, Hashable, Codable {
    public var key: StageKey
    public var outputs: [Output]
    public var seconds: Double
    /// When it ended, ISO 8601.
    public var finished: String
    /// Whether its larger outputs were removed afterwards to free disk.
    public var isFreed: Bool?
  }

  public var format = RunManifest.format
  public var version = RunManifest.currentVersion
  /// The key of its training: what tells the run from all others, whatever its folder is called.
  public var key: StageKey?
  /// The values the grid gave this run, as written in the pipeline.
  public var gridValues: [String: String] = [:]
  /// SHA-256 of the data, of shaping included.
  public var datasetHash: String?
  /// Versions of the program and of the libraries that did the work.
  public var versions: [String: String] = [:]
  /// Name, processors and memory of the machine.
  public var host: [String: String] = [:]
  public var stages: [String: StageRecord] = [:]
  /// Epochs the training is to have.
  public var epochs: Int?
  /// Threads the training computes with: with others it has other bits.
  public var threads: Int?
  /// Why the last attempt failed.
  public var failure: String?

  public init() {}
}
