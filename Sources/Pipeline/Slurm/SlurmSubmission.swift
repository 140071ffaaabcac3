import CollapseCore
import Files
import FoundationEssentials

/// Points of a study that were given to Slurm together, as they stand beside the runs:
/// `runs/<pipeline>/slurm/<time>/submission.json`.
///
/// ```
/// study.yaml        the study as it was
/// points.sh         the script of the tasks; points-2.sh … where one array does not hold them all
/// report.sh
/// 12_3.out          what Slurm itself says of a task, and of the report
/// submission.json
/// ```
public struct SlurmSubmission: Sendable, Codable {
  /// A point of the grid.
  public struct Point: Sendable, Hashable, Codable {
    public var number: Int
    /// Its run's folder.
    public var folder: String

    /// What its process says, in its folder.
    public var log: String { "\(folder)/\(SlurmSubmission.logName)" }
  }

  /// An array of jobs; a task does some points side by side.
  public struct JobArray: Sendable, Codable {
    public var job: String
    public var tasks: [[Point]]
  }

  static let logName = "slurm.log"
  static let folderName = "slurm"
  private static let format = "collapse-slurm"

  var format = SlurmSubmission.format
  var version = 1
  /// What its jobs are called: numbers of jobs come again, and another cluster has its own.
  public var name: String
  /// When, ISO 8601.
  public var submitted: String
  public var command: String
  public var arrays: [JobArray]
  /// The job that makes the report after them; `nil` where none was asked for.
  public var report: String?

  /// The name of the report's job.
  var reportName: String { name + SlurmSubmission.reportSuffix }
  static let reportSuffix = "-report"

  public var points: [Point] { arrays.flatMap { $0.tasks.flatMap(\.self) } }

  init(name: String, submitted: String, command: String, arrays: [JobArray], report: String?) {
    self.name = name
    self.submitted = submitted
    self.command = command
    self.arrays = arrays
    self.report = report
  }

  static func folder(runs: String, pipeline: String) -> String {
    "\(runs)/\(pipeline)/\(folderName)"
  }

  func write(to folder: String) throws {
    try AtomicFile.write(try JSONText.pretty(self) + "\n", to: "\(folder)/submission.json")
  }

  /// What was submitted for a pipeline whose runs are in `folder`, the earliest first; files that
  /// cannot be read are none.
  static func all(in folder: String) -> [SlurmSubmission] {
    let place = "\(folder)/\(folderName)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return names.sorted().compactMap { name in
      guard let bytes = try? FileContents.read("\(place)/\(name)/submission.json"),
        let submission = try? JSONDecoder().decode(SlurmSubmission.self, from: Data(bytes)),
        submission.format == format, submission.version == 1
      else { return nil }
      return submission
    }
  }
}
