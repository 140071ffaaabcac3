extension Architecture {
  /// The layers that end a hidden block, in order of execution; the last is the classifier's input.
  ///
  /// A block is an affine map (dense or convolution) with what normalizes and rectifies it, or a
  /// residual layer; a ReLU ends it. Where nothing rectifies an affine map, its last normalization
  /// ends it, or it is a block by itself. Poolings, flattening and dropout between blocks belong to
  /// none; what comes last before the classifier is counted in any case.
  public var blocks: [PlacedLayer] {
    var ends: [PlacedLayer] = []
    // The last layer of the block that has begun, while nothing has rectified it.
    var open: PlacedLayer?
    for place in layers.dropLast() {
      switch type(of: place.description.layer).part {
      case .weights:
        if let open { ends.append(open) }
        open = place
      case .normalization:
        if open != nil { open = place }
      case .activation:
        ends.append(place)
        open = nil
      case .block:
        if let open { ends.append(open) }
        ends.append(place)
        open = nil
      case .passage: break
      }
    }
    if let open { ends.append(open) }
    if let last = layers.dropLast().last, ends.last != last { ends.append(last) }
    return ends
  }

  /// The layer whose output is the classifier's input: the network's features.
  ///
  /// - Throws: ``NetworkError`` where nothing comes before the classifier.
  public var featureLayer: PlacedLayer {
    get throws {
      guard let layer = layers.dropLast().last else {
        throw NetworkError(
          operation: "find the features of the network",
          reason: "nothing comes before its classifier")
      }
      return layer
    }
  }
}
