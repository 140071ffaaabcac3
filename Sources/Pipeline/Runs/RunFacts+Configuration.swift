import CollapseCore
import FeatureStore
public import Networks
import Training

extension RunFacts {
  /// What a run of a pipeline is: its data, its network and its training. Threads are the machine's,
  /// and where the data lies matters less than what is in it.
  init(_ configuration: RunConfiguration, data: DataFacts) throws {
    try self.init(network: configuration.network, training: configuration.training)
    dataset = data.name
    options = try RunFacts.options(of: configuration)
    options[RunFacts.datasetHash] = .word(data.sha256)
  }

  /// Every option of a run's data, network and training, but the places of files.
  static func options(of configuration: RunConfiguration) throws -> Condition {
    struct Options: Encodable {
      let dataset: DatasetConfiguration
      let network: NetworkDescription
      let training: TrainingOptions
    }
    let sets = (configuration.dataset.testSets ?? []).indices.map { "testSets.\($0)" }
    return try OptionPaths.condition(
      Options(
        dataset: configuration.dataset, network: configuration.network,
        training: configuration.training)
    ).without((["train", "test"] + sets).map { "dataset.\($0).path" })
  }

  /// What a checkpoint says of its training: checkpoints of the first version hold the options,
  /// not the facts.
  init(_ checkpoint: NamedTensors, _ header: CheckpointHeader) throws {
    if case .string(let text)? = checkpoint.attributes[RunFactsText.attribute],
      let facts = RunFactsText.decode(text)
    {
      self = facts
      return
    }
    try self.init(network: header.network, training: header.options)
    if case .string(let name)? = checkpoint.attributes["dataset"] { dataset = name }
    if case .string(let hash)? = checkpoint.attributes["dataset_sha256"] {
      options[RunFacts.datasetHash] = .word(hash)
    }
  }

  private init(network: NetworkDescription, training: TrainingOptions) throws {
    struct Options: Encodable {
      let network: NetworkDescription
      let training: TrainingOptions
    }
    self.init(
      network: network.shortName,
      normalization: Normalization(
        hidden: network.batchNormalization.facts,
        last: network.lastLayerBatchNormalization != .none),
      weightDecay: training.weightDecay.ofClassifier,
      learningRate: training.learningRate.initial, loss: training.loss.name, seed: training.seed,
      options: try OptionPaths.condition(Options(network: network, training: training)))
  }

  private static let datasetHash = "dataset.sha256"
}

extension NetworkDescription.HiddenNormalization {
  fileprivate var facts: Normalization.Hidden {
    switch self {
    case .all: .all
    case .last: .last
    case .none: .none
    }
  }
}

extension NetworkDescription {
  /// `mlp-512-512-512`, `vgg11`.
  public var shortName: String {
    ([kind] + (widths ?? []).map(String.init)).joined(separator: "-")
  }
}

/// Resolved options as axes: what a value encodes, by dotted paths.
enum OptionPaths {
  /// What a training is besides its condition.
  private static let excluded = ["training.seed", "training.threads"]

  /// Lists of plain values are one word, `128-128`; those of things with parts are the parts.
  static func condition(_ options: some Encodable) throws -> Condition {
    let tree = try JSONText.decode(Tree.self, from: try JSONText.compact(options).utf8)
    var values: [String: Condition.Value] = [:]
    collect(tree, at: "", into: &values)
    for path in excluded { values[path] = nil }
    return Condition(values)
  }

  private indirect enum Tree: Decodable {
    case absent
    case leaf(Condition.Value)
    case list([Tree])
    case members([String: Tree])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .absent
      } else if let list = try? container.decode([Tree].self) {
        self = .list(list)
      } else if let members = try? container.decode([String: Tree].self) {
        self = .members(members)
      } else {
        self = .leaf(try container.decode(Condition.Value.self))
      }
    }
  }

  private static func collect(
    _ tree: Tree, at path: String, into values: inout [String: Condition.Value]
  ) {
    switch tree {
    case .absent: break
    case .leaf(let value): values[path] = value
    case .list(let list):
      let words = list.compactMap {
        if case .leaf(let value) = $0 { value.description } else { nil }
      }
      if words.count == list.count {
        values[path] = .word(words.joined(separator: "-"))
      } else {
        for (index, member) in list.enumerated() {
          collect(member, at: "\(path).\(index)", into: &values)
        }
      }
    case .members(let members):
      for (key, member) in members {
        collect(member, at: path.isEmpty ? key : "\(path).\(key)", into: &values)
      }
    }
  }
}
