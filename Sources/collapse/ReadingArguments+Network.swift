import CollapseCore
import Datasets
import FeatureStore
import Pipeline

extension ReadingArguments {
  /// The network in a checkpoint, of ours or of another framework, and the samples as they come to
  /// it, with the split that they are: of data without splits, `all` where none is stated.
  func network(
    _ checkpoint: String, _ data: String, split: String?, _ preprocessing: PreprocessingArguments,
    _ importing: ImportArguments, classes: String?
  ) throws -> (FeatureExtraction, any LabeledSamples, split: String) {
    let stated = try preprocessing.preprocessing()
    guard try Checkpoint.isOurs(checkpoint) else {
      let options = try importing.options(
        completed(stated), classes: classes, threads: statedThreads)
      let (source, split) = try open(data, stated).samples(stated: split)
      let model = try ForeignModel(
        checkpoint, options, samples: source, input: source.sampleShape)
      for line in model.summary { Terminal.shared.note(line) }
      return (try model.extraction(threads: threads), source, split)
    }
    let content = try CheckpointFile.read(checkpoint)
    // One that was taken over keeps how images were prepared for it.
    let prepared = stated ?? PreprocessingRecord(content)?.preprocessing
    if let stated {
      Terminal.shared.note("\(PreprocessingRecord(stated).text), as stated here")
    }
    let extraction = try FeatureExtraction(
      content, normalization: stated?.normalization, preprocessing: stated, threads: threads)
    let (source, split) = try open(data, prepared).samples(stated: split)
    return (extraction, source, split)
  }
}

extension LoadedDataset {
  /// The samples of a split, by default the training one, and what they are.
  fileprivate func samples(stated: String?) throws -> (any LabeledSamples, split: String) {
    let split = stated ?? (self["train"] == nil && self["all"] != nil ? "all" : "train")
    return (try samples(of: split), split)
  }
}
