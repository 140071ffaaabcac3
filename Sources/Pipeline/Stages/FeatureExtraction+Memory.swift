package import CollapseCore
package import FeatureStore
import Training

extension FeatureExtraction {
  /// The features that ``write(_:split:layers:to:interruption:onProgress:)`` writes to a file, as
  /// they come from the network.
  ///
  /// - Parameter memoryLimit: bytes up to which the features are kept; larger ones are computed
  ///   anew each time they are read, in chunks of that size.
  package func features(
    of samples: any LabeledSamples, split: String, layers: Layers, memoryLimit: Int
  ) throws -> FeatureFile {
    let names = try names(of: layers)
    let widths = names.map { name in
      extractor.layers.first { $0.name == name }!.shape.elementCount
    }
    let byteCount = samples.count * widths.reduce(0, +) * MemoryLayout<Float>.size
    return FeatureFile(
      path: "features of \(split) samples",
      layers: byteCount <= memoryLimit
        ? try keptLayers(of: samples, names, widths)
        : zip(names, widths).map { name, width in
          FeatureLayer(
            name: name,
            rows: ExtractedRows(
              extractor, samples, layer: name, columnCount: width, memoryLimit: memoryLimit))
        },
      labels: InMemoryLabels(samples.labels),
      classifier: names.last == extractor.featureLayer ? try extractor.classifier() : nil,
      metadata: metadata(split: split))
  }

  private func keptLayers(
    of samples: any LabeledSamples, _ names: [String], _ widths: [Int]
  ) throws -> [FeatureLayer] {
    var rows = widths.map { width in
      var rows: [Float] = []
      rows.reserveCapacity(samples.count * width)
      return rows
    }
    try extractor.extract(samples, layers: names) { block in
      for (index, layer) in block.layers.enumerated() {
        rows[index].append(contentsOf: layer.rows)
      }
    }
    return zip(names, zip(rows, widths)).map { name, layer in
      FeatureLayer(name: name, rows: InMemoryRows(layer.0, columnCount: layer.1))
    }
  }
}
