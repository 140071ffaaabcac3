public import CollapseCore

/// Batches that stay what they are: the samples are dealt to them once, and an epoch only mixes the
/// order of the batches.
///
/// Drawn anew in every epoch, batches bring all samples together in time; fixed ones need not, and
/// losses that compare the samples of a batch then have other optima (Kini et al., "Symmetric
/// Neural-Collapse Representations with Supervised Contrastive Loss: The Impact of ReLU and Batching",
/// 2023). Samples in all batches, `binding`, take that back.
public struct BatchPartition: Sendable, Hashable {
  /// Samples of each class that are in every batch.
  public var binding: Int
  /// Classes whose samples share batches, the first so many, the next, …; absent: all do.
  public var classesPerBatch: Int?

  /// Fixed batches with samples of all classes; no sample in more than one.
  public init(binding: Int = 0, classesPerBatch: Int? = nil) {
    self.binding = binding
    self.classesPerBatch = classesPerBatch
  }

  /// The samples of each batch, by their places in `labels`.
  ///
  /// Samples of a class are mixed, and classes dealt out evenly. A batch has at most `batchSize`
  /// samples, binding ones included; the last of a group of classes takes what is left.
  ///
  /// - Throws: ``NetworkError`` of kind `usage` where that cannot be done.
  package func batches(
    labels: [Int32], classCount: Int, batchSize: Int, seed: UInt64
  ) throws(NetworkError) -> [[Int]] {
    var places = [[Int]](repeating: [], count: classCount)
    for (place, label) in labels.enumerated() { places[Int(label)].append(place) }
    for label in places.indices {
      var generator = SeededGenerator(seed: seed, stream: "batches/\(label)")
      let members = places[label]
      places[label] = generator.permutation(members.count).map { members[$0] }
      guard members.count >= binding else {
        throw refuse(
          "class \(label) has \(members.count) samples, and \(binding) are to be in every batch")
      }
    }
    let shared = places.flatMap { $0.prefix(binding) }
    let own = batchSize - shared.count
    guard own > 0 else {
      throw refuse(
        "\(shared.count) samples in every batch leave no place in batches of \(batchSize)")
    }
    let perBatch = classesPerBatch ?? classCount
    guard perBatch <= classCount else {
      throw refuse("\(perBatch) classes are to share batches, and there are \(classCount)")
    }
    var batches: [[Int]] = []
    for first in stride(from: 0, to: classCount, by: perBatch) {
      let group = Self.dealt(
        places[first..<min(classCount, first + perBatch)].map { Array($0.dropFirst(binding)) })
      for start in stride(from: 0, to: group.count, by: own) {
        batches.append(shared + group[start..<min(group.count, start + own)])
      }
    }
    return batches.isEmpty ? [shared] : batches
  }

  /// The elements of all lists, each spread evenly over the whole.
  private static func dealt(_ lists: [[Int]]) -> [Int] {
    lists.enumerated().flatMap { list, elements in
      elements.enumerated().map { place, element in
        ((Double(place) + 0.5) / Double(elements.count), list, element)
      }
    }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
  }

  private func refuse(_ reason: String) -> NetworkError {
    NetworkError(operation: "make fixed batches", reason: reason)
  }
}

extension BatchPartition: Configurable {
  public static var standard: BatchPartition { BatchPartition() }

  public static var fields: [Field<BatchPartition>] {
    [
      Field(
        "binding", \.binding, "Samples of each class that are in every batch.", range: .notNegative),
      Field(
        "classesPerBatch", \.classesPerBatch,
        "Classes whose samples share batches, in their order.", range: .atLeast(1), absence: "all"),
    ]
  }
}
