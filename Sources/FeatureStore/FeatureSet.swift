public import CollapseCore

/// Features with their labels and, where they are known, the classifier and what is known of their
/// making.
///
/// Rows are read when they are asked for, by as many threads as ask.
public struct FeatureSet: Sendable {
  /// What messages call it: the path of a file, the pattern that named its shards.
  public let name: String
  /// First layer first; at least one, all of the same number of rows, which is not 0. Where the
  /// network's last layer is among them it is the last, and the only one with a classifier.
  public let layers: [FeatureLayer]
  /// As many labels as rows. Reading them throws for a label that is none (negative, a fraction,
  /// above 2³¹−1, a one-hot row without its one).
  public let labels: any LabelBlocks
  /// Where each row comes from in the data set.
  public let sampleIndices: (any LabelBlocks)?
  /// What is known of the training and of the file.
  public let metadata: FeatureMetadata
  /// What was taken for features, labels and classifier where it has other names than ours.
  public let notes: [String]
  /// What a file says that was not understood, and so left out: one sentence each.
  public let warnings: [String]

  /// - Parameters:
  ///   - name: what messages and tables call it.
  ///   - hidden: layers before the last, first layer first.
  ///   - last: the layer that the network classifies; `nil` where it is not among the features.
  ///   - classifier: W and b that act on `last`.
  ///   - labels: one per row.
  ///   - sampleIndices: which sample of its data set each row is of, where that is stated.
  ///   - metadata: what is known of the training and of the samples.
  ///   - notes: what was taken for what.
  ///   - warnings: what was left out, and why.
  /// - Precondition: there is a layer, all have as many rows as there are labels, and a classifier
  ///   has its layer.
  public init(
    name: String, hidden: [FeatureLayer] = [], last: FeatureLayer?,
    classifier: LinearClassifier? = nil, labels: any LabelBlocks,
    sampleIndices: (any LabelBlocks)? = nil, metadata: FeatureMetadata = FeatureMetadata(),
    notes: [String] = [], warnings: [String] = []
  ) {
    precondition(last != nil || !hidden.isEmpty && classifier == nil)
    var hidden = hidden
    for index in hidden.indices { hidden[index].classifier = nil }
    var last = last
    last?.classifier = classifier
    layers = hidden + (last.map { [$0] } ?? [])
    precondition(layers.allSatisfy { $0.rows.rowCount == labels.labelCount })
    self.name = name
    self.labels = labels
    self.sampleIndices = sampleIndices
    self.metadata = metadata
    self.notes = notes
    self.warnings = warnings
    hasLast = last != nil
  }

  /// Whether the last of the layers is the one that the network classifies.
  let hasLast: Bool
  /// Whether nothing but the labels, which are texts, names the classes.
  public internal(set) var areClassesFromLabels = false

  /// Numbers to predict, one row of them for each row of features; `nil` where they were not named.
  public internal(set) var targets: (any RowBlocks)?
  /// Labels that stand for none in these rows: those of padding.
  public internal(set) var ignoredLabels: Set<Int64> = []

  /// Number of rows, N, the same in every layer.
  public var rowCount: Int { labels.labelCount }

  /// W and b of the network's last layer.
  public var classifier: LinearClassifier? { layers.last!.classifier }

  /// The same set with other parts.
  func replacing(
    labels: (any LabelBlocks)? = nil, classifier: LinearClassifier?, metadata: FeatureMetadata,
    warnings: [String]
  ) -> FeatureSet {
    var set = FeatureSet(
      name: name, hidden: hasLast ? layers.dropLast() : layers, last: hasLast ? layers.last : nil,
      classifier: classifier, labels: labels ?? self.labels, sampleIndices: sampleIndices,
      metadata: metadata, notes: notes, warnings: warnings)
    set.areClassesFromLabels = areClassesFromLabels
    set.ignoredLabels = ignoredLabels
    set.targets = targets
    return set
  }
}
