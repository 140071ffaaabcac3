public import CollapseCore

/// What becomes of a layer's maps when its output is taken as a feature vector; vectors stay.
public enum FeaturePooling: String, FieldValue, CaseIterable {
  /// The mean of each channel over its map, as global average pooling gives it.
  case mean
  /// Every pixel of every channel, channel after channel.
  case none
}

extension FeaturePooling {
  /// Numbers per sample of a layer that gives `shape`.
  package func columnCount(of shape: Shape) -> Int {
    self == .mean && shape.rank == 3 ? shape[0] : shape.elementCount
  }

  /// The feature vectors of outputs of `shape`, samples one after another.
  func rows(of values: Slice<UnsafeMutableBufferPointer<Float>>, shape: Shape) -> [Float] {
    guard self == .mean, shape.rank == 3 else { return Array(values) }
    let plane = shape[1] * shape[2]
    return stride(from: values.startIndex, to: values.endIndex, by: plane).map { start in
      var sum = 0.0
      for index in start..<start + plane { sum += Double(values[index]) }
      return Float(sum / Double(plane))
    }
  }
}
