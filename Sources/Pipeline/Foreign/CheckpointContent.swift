import CollapseCore
import Datasets
import FeatureStore
import Files
import Networks
import Training

/// A foreign network as the content of a checkpoint of ours.
struct CheckpointContent {
  private let file: ForeignFile
  private let options: ImportOptions
  private let classNames: [String]
  private let normalization: ChannelNormalization?
  private let digest: String

  /// The attribute that says whether the epoch is known.
  static let statesEpoch = "states_epoch"

  init(
    _ file: ForeignFile, _ options: ImportOptions, classNames: [String],
    _ normalization: ChannelNormalization?
  ) throws {
    self.file = file
    digest = try Digest.sha256(fileAt: file.path)
    self.options = options
    self.classNames = classNames
    self.normalization = normalization
  }

  /// The attributes beside a checkpoint's own: `source` (the file's name), `source_sha256`,
  /// `mapping` (a line `ours ← theirs` for each array), `assumed` and `confirmed_by` (sentences),
  /// `preprocessing`, `doubt` where the network is trusted although it does not fit.
  func checkpoint(
    _ mapping: NetworkMapping, _ tensors: [String: Tensor],
    _ confirmation: ImportedNetwork.Confirmation, doubt: String? = nil
  ) throws -> NamedTensors {
    var content = NamedTensors()
    for pair in mapping.pairs {
      guard let tensor = tensors[pair.source] else { continue }
      content[pair.name] = tensor.taken(as: pair)
    }
    for (name, values) in mapping.constants { content[name] = values }
    // A name is somebody's word for it; whether a file's number counts from 0 is not known.
    let epoch = FileNameFacts(file.path).epoch ?? file.epoch
    let header = CheckpointHeader(
      importing: mapping.network, inputShape: mapping.architecture.input, classNames: classNames,
      normalization: normalization, epoch: epoch ?? 0)
    content.attributes = try header.attributes()
    content.attributes[CheckpointContent.statesEpoch] = .boolean(epoch != nil)
    content.attributes["source_sha256"] = .string(digest)
    content.attributes["source"] = .string(String(file.path.split(separator: "/").last ?? ""))
    content.attributes["mapping"] = .strings(mapping.pairs.map { "\($0.name) ← \($0.source)" })
    content.attributes["assumed"] = .strings(mapping.assumptions)
    content.attributes["confirmed_by"] = .string(confirmation.text)
    if let doubt { content.attributes["doubt"] = .string(doubt) }
    content.attributes["preprocessing"] = .string(
      try JSONText.compact(PreprocessingRecord(options.preprocessing)))
    // Nothing is known of its training: not the options that a header has to have.
    content.attributes[RunFactsText.attribute] = .string(
      RunFactsText.encode(RunFacts()) ?? "{}")
    return content
  }
}

extension Tensor {
  /// As the layer here has it: a matrix by rows, a bias without axes of one element.
  fileprivate func taken(as pair: NetworkMapping.Pair) -> Tensor {
    if pair.isTransposed, shape.rank == 2 { return transposed }
    return shape.rank > pair.shape.rank && shape.elementCount == pair.shape.elementCount
      ? Tensor(shape: pair.shape, values: values) : self
  }
}

extension ImportedNetwork.Confirmation {
  fileprivate var text: String {
    switch self {
    case .logits(let count, let difference):
      "outputs of \(count) samples, within \(difference.shortestText)"
    case .accuracy(let accuracy, let samples):
      "accuracy \(accuracy.shortestText) on \(samples) samples"
    case .none: "nothing"
    }
  }
}
