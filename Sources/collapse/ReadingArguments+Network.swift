import CollapseCore
import Datasets
import FeatureStore
import Pipeline

extension ReadingArguments {
  /// The network in a checkpoint, of ours or of another framework, and the samples as they come to
  /// it.
  func network(
    _ checkpoint: String, _ data: String, split: String, _ preprocessing: PreprocessingArguments,
    _ importing: ImportArguments, classes: String?
  ) throws -> (FeatureExtraction, any LabeledSamples) {
    let stated = try preprocessing.preprocessing()
    guard try Checkpoint.isOurs(checkpoint) else {
      let options = try importing.options(
        completed(stated), classes: classes, threads: statedThreads)
      let source = try open(data, stated).samples(of: split)
      let model = try ForeignModel(
        checkpoint, options, samples: source, input: source.sampleShape)
      for line in model.summary { Terminal.shared.note(line) }
      return (try model.extraction(threads: threads), source)
    }
    let content = try CheckpointFile.read(checkpoint)
    // One that was taken over keeps how images were prepared for it.
    let prepared = stated ?? PreprocessingRecord(content)?.preprocessing
    if let stated {
      Terminal.shared.note("\(PreprocessingRecord(stated).text), as stated here")
    }
    return (
      try FeatureExtraction(content, normalization: stated?.normalization, threads: threads),
      try open(data, prepared).samples(of: split)
    )
  }
}
