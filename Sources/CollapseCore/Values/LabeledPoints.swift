/// Points of R^d with their labels, as floats in one flat buffer.
public struct LabeledPoints: LabeledSamples, Equatable {
  /// `[d]`.
  public let sampleShape: Shape
  /// N × d floats, by points.
  public let coordinates: [Float]
  public var labels: [Int32]
  public let classNames: [String]

  /// - Precondition: `coordinates` holds `dimension` floats per label, and every label is in
  ///   `0..<classNames.count`.
  public init(dimension: Int, coordinates: [Float], labels: [Int32], classNames: [String]) {
    precondition(coordinates.count == labels.count * dimension)
    precondition(labels.allSatisfy { $0 >= 0 && Int($0) < classNames.count })
    self.sampleShape = [dimension]
    self.coordinates = coordinates
    self.labels = labels
    self.classNames = classNames
  }

  /// Coordinates per point, d.
  public var dimension: Int { sampleShape[0] }

  public func selecting(_ indices: [Int]) -> LabeledPoints {
    var selected: [Float] = []
    selected.reserveCapacity(indices.count * dimension)
    for index in indices {
      selected.append(contentsOf: coordinates[index * dimension..<(index + 1) * dimension])
    }
    return LabeledPoints(
      dimension: dimension, coordinates: selected, labels: indices.map { labels[$0] },
      classNames: classNames)
  }

  public func relabeled(_ labels: [Int32], classNames: [String]) -> LabeledPoints {
    LabeledPoints(
      dimension: dimension, coordinates: coordinates, labels: labels, classNames: classNames)
  }

  public func copy(
    _ indices: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(buffer.count == indices.count * dimension)
    coordinates.withUnsafeBufferPointer { source in
      var target = 0
      for index in indices {
        for offset in 0..<dimension { buffer[target + offset] = source[index * dimension + offset] }
        target += dimension
      }
    }
  }
}
