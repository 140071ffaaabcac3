public import CollapseCore

extension LabeledSamples {
  /// The same samples under the labels that `names` gives to the classes of these names: data of
  /// fewer classes, or of classes in another order, keep what they mean.
  ///
  /// - Parameters:
  ///   - owner: whose names they are, for the message: "the checkpoint".
  ///   - name: what the message calls the samples.
  /// - Throws: ``DatasetError`` that lists the classes which have samples and are not among `names`.
  public func matched(
    to names: [String], of owner: String, name: String
  ) throws(DatasetError) -> Self {
    if classNames == names { return self }
    let positions = Dictionary(zip(names, Int32(0)...), uniquingKeysWith: { first, _ in first })
    let target = classNames.map { positions[$0] }
    let counts = countsPerClass
    let unknown = classNames.indices.filter { counts[$0] > 0 && target[$0] == nil }
    guard unknown.isEmpty else {
      throw DatasetError(
        file: name,
        problem: "has samples of \(ClassNames.list(unknown.map { classNames[$0] })), which "
          + "\(unknown.count == 1 ? "is no class" : "are no classes") of \(owner); its classes are "
          + ClassNames.list(names))
    }
    // A class without samples gets no label.
    return relabeled(labels.map { target[Int($0)]! }, classNames: names)
  }
}
