import Files
public import FoundationEssentials
import NeuralCollapse

/// Writes runs as TensorBoard event files: `tensorboard --logdir FOLDER` shows them.
///
/// Scalars only: `loss/training`, `loss/regularized`, `loss/test`, `accuracy/training`,
/// `accuracy/test`, `loss/NAME` and `accuracy/NAME` of named test sets, `learning_rate`, and `<split>/<layer>/<measure>` for what was measured; the
/// step is the epoch, 0 where none is stated. Values that are undefined or not finite are left out.
public struct TensorBoardWriter: Sendable {
  /// When the runs were made, which TensorBoard shows beside the values.
  public var date: Date

  public init(date: Date = Date()) {
    self.date = date
  }

  /// Writes every run of `report` into a folder of its own under `folder`; an event file that an
  /// earlier call left there is replaced.
  ///
  /// - Returns: the paths of the event files.
  /// - Throws: `FileError` where a file cannot be written.
  @discardableResult
  public func write(_ report: StudyReport, to folder: String) throws -> [String] {
    try Folder.make(folder)
    return try report.runs.map { run in
      let own = "\(folder)/\(Self.folderName(run.name))"
      try Folder.make(own)
      // TensorBoard takes every file of this pattern as one more part of the run.
      for name in try FolderContents(own).files
      where name.hasPrefix("events.out.tfevents.") && name.hasSuffix(".collapse") {
        try AtomicFile.remove("\(own)/\(name)")
      }
      let path = "\(own)/events.out.tfevents.\(Int(date.timeIntervalSince1970)).collapse"
      try AtomicFile.write(eventFile(of: run), to: path)
      return path
    }
  }

  /// The bytes of the event file of `run`.
  public func eventFile(of run: RunRecord) -> [UInt8] {
    let time = date.timeIntervalSince1970
    var bytes = TensorBoardEvent(time: time, content: .fileVersion).record
    for (tag, step, value) in Self.scalars(of: run) where value.isFinite {
      bytes +=
        TensorBoardEvent(
          time: time, content: .scalar(tag: tag, step: step, value: Float(value))
        ).record
    }
    return bytes
  }

  private static func scalars(
    of run: RunRecord
  ) -> [(tag: String, step: Int, value: Double)] {
    let training = run.history.flatMap { record in
      let testSets = (record.testSets ?? []).flatMap { set -> [(String, Double?)] in
        [("loss/\(set.name)", set.loss), ("accuracy/\(set.name)", set.accuracy)]
      }
      return
        ([
          ("loss/training", record.trainingLoss), ("loss/regularized", record.regularizedLoss),
          ("loss/test", record.testLoss), ("accuracy/training", record.trainingAccuracy),
          ("accuracy/test", record.testAccuracy), ("learning_rate", record.learningRate),
        ] + testSets).compactMap { tag, value in value.map { (tag, record.epoch, $0) } }
    }
    let measures = run.measurements.sorted { ($0.epoch ?? 0) < ($1.epoch ?? 0) }.flatMap { record in
      record.report.measures.compactMap { key, measurement in
        measurement.value.map { ("\(record.split)/\(record.layer)/\(key)", record.epoch ?? 0, $0) }
      }
    }
    return training + measures
  }

  /// A folder for each run, whatever its name holds.
  private static func folderName(_ name: String) -> String {
    let safe = String(name.map { $0 == "/" || $0 == "\0" ? "-" : $0 })
    return safe.allSatisfy { $0 == "." } ? "run-\(safe)" : safe
  }
}
