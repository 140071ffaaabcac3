/// What a run was, seed aside: runs of one setting are repetitions of each other.
struct Setting: Hashable {
  /// The part of a setting that gives figures a panel of its own.
  struct Facet: Hashable {
    var dataset: String?
    var network: String?
    var learningRate: Double?
  }

  var facet: Facet
  var batchNormalization: String?
  var weightDecay: Double?

  init(_ run: RunRecord) {
    facet = Facet(dataset: run.dataset, network: run.network, learningRate: run.learningRate)
    batchNormalization = run.batchNormalization
    weightDecay = run.weightDecay
  }
}

/// Where a network normalizes batches, in words.
enum BatchNormalizationLabel {
  static func short(_ name: String?) -> String {
    switch name {
    case "all": "BN in all layers"
    case "last": "BN last only"
    case "none": "no BN"
    case nil: "runs"
    case let other?: "BN: \(other)"
    }
  }

  /// `title`, and after it where batches are normalized, if that is known.
  static func title(_ title: String, _ name: String?) -> String {
    name == nil ? title : "\(title), \(short(name))"
  }

  /// The order in which a reader compares them.
  static func order(_ name: String?) -> String {
    switch name {
    case "all": "0"
    case "last": "1"
    case "none": "2"
    case nil: "4"
    case let other?: "3" + other
    }
  }
}
