public import CollapseCore
import LinearAlgebra

/// The objective of a ``FeatureChain`` with its gradient.
public struct ChainObjective: SmoothFunction {
  public let chain: FeatureChain
  public let dimension: Int
  let groups: [FeatureChain.Group]
  private let labels: [Int]
  private let products: Products

  /// - Throws: `LinearAlgebraError` where OpenBLAS is missing.
  public init(_ chain: FeatureChain) throws {
    self.chain = chain
    groups = chain.groups
    dimension = groups.last!.range.upperBound
    labels = chain.labels
    products = try Products()
  }

  public func value(at point: [Double], gradient: inout [Double]) -> Double {
    precondition(point.count == dimension && gradient.count == dimension)
    return point.withUnsafeBufferPointer { point in
      gradient.withUnsafeMutableBufferPointer { gradient in
        value(point.baseAddress!, gradient.baseAddress!)
      }
    }
  }

  private func value(
    _ point: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>
  ) -> Double {
    let samples = chain.sampleCount
    var layers = forward(point)
    let outputCount = samples * chain.classCount
    var loss = layers[chain.depth].withUnsafeMutableBufferPointer {
      lossAndGradient($0.baseAddress!)
    }
    // What stands at a layer's outputs is from here on the gradient there.
    var signal = layers[chain.depth]
    if chain.biasDecay != nil {
      let bias = gradient + groups.last!.range.lowerBound
      for index in 0..<chain.classCount { bias[index] = 0 }
      for index in 0..<outputCount { bias[index % chain.classCount] += signal[index] }
    }
    for layer in stride(from: chain.depth, through: 1, by: -1) {
      let (inputs, outputs) = (chain.widths[layer - 1], chain.outputs(of: layer))
      let weights = point + groups[layer].range.lowerBound
      products.multiply(
        signal, layers[layer - 1], transposed: .first, rows: outputs, columns: inputs,
        depth: samples, into: gradient + groups[layer].range.lowerBound)
      var below = [Double](repeating: 0, count: samples * inputs)
      products.multiply(
        signal, weights, rows: samples, columns: inputs, depth: outputs, into: &below)
      let isRectified = layer > 1 ? chain.activation == .relu : chain.featuresAreNonNegative
      if isRectified {
        layers[layer - 1].withUnsafeBufferPointer { values in
          below.withUnsafeMutableBufferPointer { below in
            for index in 0..<below.count where values[index] <= 0 { below[index] = 0 }
          }
        }
      }
      signal = below
    }
    for index in 0..<signal.count { gradient[index] = signal[index] }
    for group in groups {
      var square = 0.0
      for index in group.range {
        square += point[index] * point[index]
        gradient[index] += group.decay * point[index]
      }
      loss += group.decay / 2 * square
    }
    return loss
  }

  /// What goes into each layer, and the outputs of the last.
  private func forward(_ point: UnsafePointer<Double>) -> [[Double]] {
    let samples = chain.sampleCount
    var features = Array(UnsafeBufferPointer(start: point, count: samples * chain.widths[0]))
    if chain.featuresAreNonNegative { rectify(&features) }
    var layers = [features]
    for layer in 1...chain.depth {
      let (inputs, outputs) = (chain.widths[layer - 1], chain.outputs(of: layer))
      var next = [Double](repeating: 0, count: samples * outputs)
      products.multiply(
        layers[layer - 1], point + groups[layer].range.lowerBound, transposed: .second,
        rows: samples, columns: outputs, depth: inputs, into: &next)
      if layer < chain.depth {
        if chain.activation == .relu { rectify(&next) }
      } else if chain.biasDecay != nil {
        let bias = point + groups.last!.range.lowerBound
        next.withUnsafeMutableBufferPointer { next in
          for index in 0..<next.count { next[index] += bias[index % outputs] }
        }
      }
      layers.append(next)
    }
    return layers
  }

  private func rectify(_ values: inout [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      for index in 0..<values.count where values[index] < 0 { values[index] = 0 }
    }
  }

  /// The loss of outputs, and in their place its gradient.
  private func lossAndGradient(_ outputs: UnsafeMutablePointer<Double>) -> Double {
    chain.loss.replaceByGradient(outputs, classCount: chain.classCount, labels: labels)
  }

  /// What the chain is at a point: its layers and how well stationarity holds.
  public func state(at point: [Double]) -> ChainState {
    let layers = point.withUnsafeBufferPointer { forward($0.baseAddress!) }
    let samples = chain.sampleCount
    var outputs = layers[chain.depth]
    let raw = outputs
    _ = outputs.withUnsafeMutableBufferPointer { lossAndGradient($0.baseAddress!) }
    var expected = 0.0
    for index in raw.indices {
      let bias =
        chain.biasDecay == nil
        ? 0 : point[groups.last!.range.lowerBound + index % chain.classCount]
      expected -= outputs[index] * (raw[index] - bias)
    }
    return ChainState(
      chain: chain,
      layers: layers.enumerated().map { index, values in
        Matrix(
          rows: samples, columns: index < chain.depth ? chain.widths[index] : chain.classCount,
          elements: values)
      },
      weights: (1...chain.depth).map { layer in
        Matrix(
          rows: chain.outputs(of: layer), columns: chain.widths[layer - 1],
          elements: Array(point[groups[layer].range]))
      },
      bias: chain.biasDecay == nil ? nil : Array(point[groups.last!.range]),
      penalties: groups.filter { $0.name != "b" }.map { group in
        group.decay * point[group.range].reduce(0) { $0 + $1 * $1 }
      }, expectedPenalty: expected)
  }
}
