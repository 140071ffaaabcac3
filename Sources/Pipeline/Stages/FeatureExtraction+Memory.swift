package import CollapseCore
import Networks
package import FeatureStore
package import Training

extension FeatureExtraction {
  /// The features that ``write(_:split:layers:pooling:to:interruption:onProgress:)`` writes to a file, as
  /// they come from the network.
  ///
  /// - Parameters:
  ///   - memoryLimit: bytes up to which the features are kept; larger ones are computed anew each
  ///     time they are read, in chunks of that size.
  ///   - interruption: ends it between two batches.
  /// - Throws: ``WorkInterrupted`` when a stop was requested.
  package func features(
    of samples: any LabeledSamples, split: String, layers: Layers, pooling: FeaturePooling = .mean,
    memoryLimit: Int, interruption: Interruption = Interruption()
  ) throws -> FeatureSet {
    let samples = arranged(samples)
    let names = try names(of: layers)
    let widths = try names.map { try extractor.columnCount($0, pooling: pooling) }
    let byteCount = samples.count * widths.reduce(0, +) * MemoryLayout<Float>.size
    let layers =
      byteCount <= memoryLimit
      ? try keptLayers(of: samples, names, widths, pooling, interruption)
      : zip(names, widths).map { name, width in
        FeatureLayer(
          name: name,
          rows: ExtractedRows(
            extractor, samples, layer: name, pooling: pooling, columnCount: width,
            memoryLimit: memoryLimit, interruption: interruption))
      }
    let hasLast = names.last == extractor.featureLayer
    let metadata = try metadata(of: samples, split: split)
    return FeatureSet(
      name: "features of \(split) samples", hidden: hasLast ? layers.dropLast() : layers,
      last: hasLast ? layers.last : nil,
      classifier: try classifier(for: samples, names),
      labels: InMemoryLabels(samples.labels), metadata: metadata,
      notes: metadata.statisticsNotes)
  }

  /// Bytes of memory that ``features(of:split:layers:pooling:memoryLimit:interruption:)`` takes for
  /// `count` samples, at least.
  func memoryByteCount(
    of count: Int, layers: Layers, pooling: FeaturePooling, memoryLimit: Int
  ) throws -> Int {
    extractor.memoryByteCount
      + min(memoryLimit, try byteCount(of: count, layers: layers, pooling: pooling))
  }

  private func keptLayers(
    of samples: any LabeledSamples, _ names: [String], _ widths: [Int], _ pooling: FeaturePooling,
    _ interruption: Interruption
  ) throws -> [FeatureLayer] {
    var rows = widths.map { width in
      var rows: [Float] = []
      rows.reserveCapacity(samples.count * width)
      return rows
    }
    let isComplete = try extractor.extract(
      samples, layers: names, pooling: pooling, interruption: interruption
    ) { block in
      for (index, layer) in block.layers.enumerated() {
        rows[index].append(contentsOf: layer.rows)
      }
    }
    guard isComplete else { throw WorkInterrupted() }
    return zip(names, zip(rows, widths)).map { name, layer in
      FeatureLayer(name: name, rows: InMemoryRows(layer.0, columnCount: layer.1))
    }
  }
}
