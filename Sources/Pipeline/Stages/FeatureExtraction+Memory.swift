package import CollapseCore
package import FeatureStore
package import Training

extension FeatureExtraction {
  /// The features that ``write(_:split:layers:pooling:to:interruption:onProgress:)`` writes to a file, as
  /// they come from the network.
  ///
  /// - Parameter memoryLimit: bytes up to which the features are kept; larger ones are computed
  ///   anew each time they are read, in chunks of that size.
  package func features(
    of samples: any LabeledSamples, split: String, layers: Layers, pooling: FeaturePooling = .mean,
    memoryLimit: Int
  ) throws -> FeatureSet {
    let names = try names(of: layers)
    let widths = try names.map { try extractor.columnCount($0, pooling: pooling) }
    let byteCount = samples.count * widths.reduce(0, +) * MemoryLayout<Float>.size
    let layers =
      byteCount <= memoryLimit
      ? try keptLayers(of: samples, names, widths, pooling)
      : zip(names, widths).map { name, width in
        FeatureLayer(
          name: name,
          rows: ExtractedRows(
            extractor, samples, layer: name, pooling: pooling, columnCount: width,
            memoryLimit: memoryLimit))
      }
    let hasLast = names.last == extractor.featureLayer
    return FeatureSet(
      name: "features of \(split) samples", hidden: hasLast ? layers.dropLast() : layers,
      last: hasLast ? layers.last : nil,
      classifier: try classifier(for: samples, names),
      labels: InMemoryLabels(samples.labels), metadata: try metadata(of: samples, split: split))
  }

  private func keptLayers(
    of samples: any LabeledSamples, _ names: [String], _ widths: [Int], _ pooling: FeaturePooling
  ) throws -> [FeatureLayer] {
    var rows = widths.map { width in
      var rows: [Float] = []
      rows.reserveCapacity(samples.count * width)
      return rows
    }
    try extractor.extract(samples, layers: names, pooling: pooling) { block in
      for (index, layer) in block.layers.enumerated() {
        rows[index].append(contentsOf: layer.rows)
      }
    }
    return zip(names, zip(rows, widths)).map { name, layer in
      FeatureLayer(name: name, rows: InMemoryRows(layer.0, columnCount: layer.1))
    }
  }
}
