import Arrays
import CollapseCore

extension FeatureSet {
  /// The same features under the labels that `names` give the classes: two files may number the
  /// same classes in two ways.
  ///
  /// Where this set states no names, or `names` is `nil`, labels are taken as they are. Classes that
  /// nothing but the labels names may be fewer than those of `names`.
  ///
  /// - Parameters:
  ///   - names: the classes of the other file, by their labels.
  ///   - other: the file that states `names`, for messages.
  /// - Throws: `ArrayFileError` where the names are not the same ones.
  public func matchingClasses(of names: [String]?, statedBy other: String) throws -> FeatureSet {
    guard let names, let own = metadata.classNames, own != names else { return self }
    var places: [String: Int64] = [:]
    for (place, name) in names.enumerated() { places[name] = Int64(place) }
    guard places.count == names.count, Set(own).count == own.count else {
      throw ArrayFileError(
        file: self.name,
        problem: "its classes are others than those of '\(other)', and names that occur twice "
          + "cannot tell which is which")
    }
    var targets: [Int64] = []
    for name in own {
      guard let place = places[name] else {
        throw ArrayFileError(
          file: self.name, problem: "it states the class '\(name)', which '\(other)' does not")
      }
      targets.append(place)
    }
    if !areClassesFromLabels, let missing = names.first(where: { !own.contains($0) }) {
      throw ArrayFileError(
        file: self.name, problem: "it lacks the class '\(missing)' that '\(other)' states")
    }
    var metadata = metadata
    metadata.classNames = names
    let labels = RelabeledClasses(labels, targets: targets, file: self.name)
    // Names that come from labels say nothing of the rows of W.
    if areClassesFromLabels {
      return replacing(
        labels: labels, classifier: classifier, metadata: metadata, warnings: warnings)
    }
    return replacing(
      labels: labels, classifier: try classifier?.reordered(targets, file: self.name),
      metadata: metadata,
      warnings: warnings + [
        "\(self.name): its classes are numbered otherwise than in '\(other)': matched by name"
      ])
  }
}

/// Labels under another numbering of the classes.
private struct RelabeledClasses: LabelBlocks {
  private let labels: any LabelBlocks
  /// The new label of each label.
  private let targets: [Int64]
  private let file: String

  init(_ labels: any LabelBlocks, targets: [Int64], file: String) {
    self.labels = labels
    self.targets = targets
    self.file = file
  }

  var labelCount: Int { labels.labelCount }

  func read(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Int64>) throws {
    try labels.read(rows, into: buffer)
    for index in buffer.indices {
      let label = Int(buffer[index])
      guard targets.indices.contains(label) else {
        throw ArrayFileError(
          file: file,
          problem: "row \(rows.lowerBound + index): label \(label) for \(targets.count) class names"
        )
      }
      buffer[index] = targets[label]
    }
  }
}

extension LinearClassifier {
  /// The rows of W and b in another order of the classes.
  fileprivate func reordered(
    _ targets: [Int64], file: String
  ) throws(ArrayFileError) -> LinearClassifier {
    guard classCount == targets.count else {
      throw ArrayFileError(
        file: file, problem: "W has \(classCount) rows for \(targets.count) class names")
    }
    var elements = weights.elements
    var moved = bias
    for (row, target) in targets.enumerated() {
      for column in 0..<dimension {
        elements[Int(target) * dimension + column] = weights.elements[row * dimension + column]
      }
      if let bias { moved![Int(target)] = bias[row] }
    }
    return LinearClassifier(
      weights: Matrix(rows: classCount, columns: dimension, elements: elements), bias: moved)
  }
}
