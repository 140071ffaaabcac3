public import CollapseCore
import LinearAlgebra

/// A network of one or two hidden layers with ReLUs on given samples, without biases, whose features
/// and classifier pay for their norms and no other layer does:
///
///     ℓ(WH, Y) + λ_W/2 ‖W‖² + λ_H/2 Σ‖h_i‖²,  h = σ(W₁x) or σ(W₂σ(W₁x)).
///
/// Parameters are one vector: W₁ … , W, each with a row per output.
///
/// Source: Hong & Ling, arXiv 2409.01832.
public struct ShallowNetwork: SmoothFunction {
  public let samples: Matrix
  public let labels: [Int]
  public let classCount: Int
  /// Outputs of the hidden layers; the last are the features.
  public let widths: [Int]
  public let loss: FeatureChain.Loss
  public let weightDecay: Double
  public let featureDecay: Double
  private let products: Products

  public init(
    samples: Matrix, labels: [Int], widths: [Int], loss: FeatureChain.Loss = .crossEntropy,
    weightDecay: Double, featureDecay: Double
  ) throws {
    precondition(samples.rows == labels.count && !widths.isEmpty)
    self.samples = samples
    self.labels = labels
    classCount = (labels.max() ?? 0) + 1
    self.widths = widths
    self.loss = loss
    self.weightDecay = weightDecay
    self.featureDecay = featureDecay
    products = try Products()
  }

  /// Inputs and outputs of every layer, the classifier last.
  private var shapes: [(inputs: Int, outputs: Int)] {
    Array(zip([samples.columns] + widths, widths + [classCount]))
  }

  public var dimension: Int { shapes.reduce(0) { $0 + $1.inputs * $1.outputs } }

  /// A start drawn from a seed, with weights of variance 2 over their inputs.
  public func start(seed: UInt64) -> [Double] {
    shapes.enumerated().flatMap { index, shape in
      var generator = SeededGenerator(seed: seed, stream: "laboratory layer \(index)")
      let scale = (2 / Double(shape.inputs)).squareRoot()
      return (0..<shape.inputs * shape.outputs).map { _ in scale * generator.normal() }
    }
  }

  /// What goes into each layer when `inputs` go into the first, and the logits.
  private func layers(at point: [Double], _ inputs: Matrix) -> [[Double]] {
    var layers = [inputs.elements]
    var place = 0
    for (index, shape) in shapes.enumerated() {
      var next = [Double](repeating: 0, count: inputs.rows * shape.outputs)
      point.withUnsafeBufferPointer { point in
        products.multiply(
          layers[index], point.baseAddress! + place, transposed: .second, rows: inputs.rows,
          columns: shape.outputs, depth: shape.inputs, into: &next)
      }
      if index < widths.count { next = next.map { max($0, 0) } }
      layers.append(next)
      place += shape.inputs * shape.outputs
    }
    return layers
  }

  public func value(at point: [Double], gradient: inout [Double]) -> Double {
    let layers = layers(at: point, samples)
    let rows = samples.rows
    var signal = layers.last!
    var loss = signal.withUnsafeMutableBufferPointer {
      self.loss.replaceByGradient($0.baseAddress!, classCount: classCount, labels: labels)
    }
    var end = dimension
    for (index, shape) in shapes.enumerated().reversed() {
      let start = end - shape.inputs * shape.outputs
      gradient.withUnsafeMutableBufferPointer { gradient in
        products.multiply(
          signal, layers[index], transposed: .first, rows: shape.outputs, columns: shape.inputs,
          depth: rows, into: gradient.baseAddress! + start)
      }
      if index == widths.count {
        for place in start..<end {
          loss += weightDecay / 2 * point[place] * point[place]
          gradient[place] += weightDecay * point[place]
        }
      }
      end = start
      guard index > 0 else { break }
      var below = [Double](repeating: 0, count: rows * shape.inputs)
      point.withUnsafeBufferPointer { point in
        products.multiply(
          signal, point.baseAddress! + start, rows: rows, columns: shape.inputs,
          depth: shape.outputs, into: &below)
      }
      let isFeatures = index == widths.count
      for place in below.indices {
        let value = layers[index][place]
        if isFeatures {
          loss += featureDecay / 2 * value * value
          below[place] += featureDecay * value
        }
        if value <= 0 { below[place] = 0 }
      }
      signal = below
    }
    return loss
  }

  /// The features of the samples, a row each.
  public func features(at point: [Double]) -> Matrix {
    Matrix(
      rows: samples.rows, columns: widths.last!, elements: layers(at: point, samples)[widths.count])
  }

  /// The share of `inputs`, a row each, that is classified as `labels` say.
  public func accuracy(at point: [Double], of inputs: Matrix, labels: [Int]) -> Double {
    let logits = layers(at: point, inputs).last!
    let right = labels.enumerated().count { row, label in
      let own = logits[row * classCount..<(row + 1) * classCount]
      return own.firstIndex(of: own.max()!)! - own.startIndex == label
    }
    return Double(right) / Double(labels.count)
  }
}
