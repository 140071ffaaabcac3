import CollapseCore
import FeatureStore
import Networks
import Training

/// Checkpoints of one or many trainings, ours or others', as networks that run.
///
/// The structure of a foreign network is found and checked once for all files that hold the same
/// arrays: one that has hardly begun to train confirms nothing. Networks of one structure are
/// compiled once.
struct CheckpointReader {
  private let options: ImportOptions?
  private let threads: Int
  /// What was found of each structure so far.
  private(set) var findings: [ForeignFile.Structure: ForeignModel.Finding]
  /// The network that was opened last.
  private(set) var last: FeatureExtraction?

  /// - Parameters:
  ///   - options: how foreign checkpoints are read; `nil` refuses them.
  ///   - findings: what another reader found.
  init(
    _ options: ImportOptions?, threads: Int,
    findings: [ForeignFile.Structure: ForeignModel.Finding] = [:]
  ) {
    self.options = options
    self.threads = threads
    self.findings = findings
  }

  /// The network at `path`, checked on `samples`, and what was found where that is new.
  mutating func open(
    _ path: String, samples: any LabeledSamples
  ) throws -> (FeatureExtraction, found: ForeignModel?) {
    var found: ForeignModel?
    let extraction: FeatureExtraction
    if try Checkpoint.isOurs(path) {
      extraction = try FeatureExtraction(try CheckpointFile.read(path), threads: threads)
    } else {
      guard let options else {
        throw ImportedNetwork.refuse("\(path): nothing says how samples are prepared for it")
      }
      let file = try ForeignFile(path, at: options.place)
      if let finding = findings[file.structure] {
        extraction = try ForeignModel(file, options, like: finding).extraction(threads: threads)
      } else {
        let model = try ForeignModel(path, options, samples: samples, input: samples.sampleShape)
        findings[file.structure] = model.finding
        found = model
        extraction = try model.extraction(threads: threads)
      }
    }
    if let extractor = extraction.extractor as? FeatureExtractor,
      let last = last?.extractor as? FeatureExtractor
    {
      try extractor.takeCompilation(of: last)
    }
    last = extraction
    return (extraction, found)
  }

  /// Whether the checkpoint at `path` is foreign and of a structure that has been checked.
  func knows(_ path: String) -> Bool {
    guard let options, let file = try? ForeignFile(path, at: options.place) else { return false }
    return findings[file.structure] != nil
  }

  /// Whether nothing has to be found out to open the checkpoint at `path`: it is ours, or of a
  /// structure that has been checked.
  func isReady(for path: String) -> Bool {
    (try? Checkpoint.isOurs(path)) == true || knows(path)
  }
}
