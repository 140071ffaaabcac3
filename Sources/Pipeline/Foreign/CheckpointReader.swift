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
  private var known: [StateDictionary: ImportedNetwork] = [:]
  private var last: FeatureExtraction?

  /// - Parameter options: how foreign checkpoints are read; `nil` refuses them.
  init(_ options: ImportOptions?, threads: Int) {
    self.options = options
    self.threads = threads
  }

  /// The network at `path`, checked on `samples`, and what was found where that is new.
  mutating func open(
    _ path: String, samples: any LabeledSamples
  ) throws -> (FeatureExtraction, found: ImportedNetwork?) {
    var found: ImportedNetwork?
    let content: NamedTensors
    if try Checkpoint.isOurs(path) {
      content = try CheckpointFile.read(path)
    } else {
      guard let options else {
        throw ImportedNetwork.refuse("\(path): nothing says how samples are prepared for it")
      }
      let file = try ForeignFile(path, at: options.place)
      let structure = file.state.structure
      if let model = known[structure] {
        content = try ImportedNetwork(file, options, like: model).checkpoint
      } else {
        let network = try ImportedNetwork(
          path, options, samples: samples, input: samples.sampleShape)
        known[structure] = network
        found = network
        content = network.checkpoint
      }
    }
    let extraction = try FeatureExtraction(content, threads: threads)
    if let last { try extraction.extractor.takeCompilation(of: last.extractor) }
    last = extraction
    return (extraction, found)
  }

  /// Whether a network of the structure in the file at `path` has been checked.
  func knows(_ path: String) -> Bool {
    guard let options, let file = try? ForeignFile(path, at: options.place) else { return false }
    return known[file.state.structure] != nil
  }
}
