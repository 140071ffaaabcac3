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
  private var known: [ForeignFile.Structure: ForeignModel] = [:]
  private var last: FeatureExtraction?

  /// - Parameter options: how foreign checkpoints are read; `nil` refuses them.
  init(_ options: ImportOptions?, threads: Int) {
    self.options = options
    self.threads = threads
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
      if let model = known[file.structure] {
        extraction = try ForeignModel(file, options, like: model).extraction(threads: threads)
      } else {
        let model = try ForeignModel(path, options, samples: samples, input: samples.sampleShape)
        known[file.structure] = model
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

  /// Whether a network of the structure in the file at `path` has been checked.
  func knows(_ path: String) -> Bool {
    guard let options, let file = try? ForeignFile(path, at: options.place) else { return false }
    return known[file.structure] != nil
  }
}
