public import CollapseCore
import LibC

/// The loss of a ``DenseModel``, with its gradient: c times the mean over samples of ℓ + κ‖z‖²/2, and
/// cλ/2 ‖θ‖².
public struct DenseObjective: SmoothFunction {
  public enum Loss: Sendable {
    /// log(1 + e^{−yz}) of one output, for y of ±1.
    case logistic(signs: [Double])
    /// ½‖z − t‖², a row t for each sample.
    case squaredError(targets: Matrix)
    case crossEntropy(labels: [Int])
  }

  public let model: DenseModel
  public let loss: Loss
  /// κ, of spectral decoupling.
  public let outputPenalty: Double
  /// λ, of all parameters.
  public let weightDecay: Double
  /// c, of all of it. The minimum is where it was; what it is reached by may not be.
  public let factor: Double

  public init(
    _ model: DenseModel, _ loss: Loss, outputPenalty: Double = 0, weightDecay: Double = 0,
    factor: Double = 1
  ) {
    self.model = model
    self.loss = loss
    self.outputPenalty = outputPenalty
    self.weightDecay = weightDecay
    self.factor = factor
  }

  public var dimension: Int { model.network.parameterCount }

  public func value(at point: [Double], gradient: inout [Double]) -> Double {
    let pass = model.pass(at: point)
    var slopes = pass.outputs
    var value = replaceBySlopes(&slopes)
    let weightDecay = factor * weightDecay
    gradient.withUnsafeMutableBufferPointer { gradient in
      for index in 0..<gradient.count { gradient[index] = weightDecay * point[index] }
    }
    if weightDecay > 0 { value += weightDecay / 2 * point.reduce(0) { $0 + $1 * $1 } }
    model.addCotangent(pass, at: point, of: slopes, into: &gradient)
    return value
  }

  /// ∂/∂z of c times the mean over samples, a row for each.
  public func outputSlopes(at point: [Double]) -> Matrix {
    var slopes = model.pass(at: point).outputs
    _ = replaceBySlopes(&slopes)
    return model.rows(slopes)
  }

  /// c times the mean over samples, and in the place of the outputs its gradient by them.
  private func replaceBySlopes(_ outputs: inout [Double]) -> Double {
    let count = Double(model.sampleCount)
    let columns = model.network.outputCount
    let original = outputPenalty > 0 ? outputs : []
    var value = outputs.withUnsafeMutableBufferPointer { outputs in
      switch loss {
      case .logistic(let signs):
        return signs.indices.reduce(0.0) { sum, row in
          let margin = signs[row] * outputs[row]
          outputs[row] = -signs[row] / (1 + exp(margin)) / count
          return sum + (max(-margin, 0) + log1p(exp(-abs(margin)))) / count
        }
      case .squaredError(let targets):
        return targets.elements.indices.reduce(0.0) { sum, index in
          let difference = outputs[index] - targets.elements[index]
          outputs[index] = difference / count
          return sum + difference * difference / (2 * count)
        }
      case .crossEntropy(let labels):
        return labels.indices.reduce(0.0) { sum, row in
          sum
            + replaceByCrossEntropyGradient(
              outputs.baseAddress! + row * columns, classCount: columns, label: labels[row],
              count: count)
        }
      }
    }
    for index in original.indices {
      outputs[index] += outputPenalty * original[index] / count
      value += outputPenalty / 2 * original[index] * original[index] / count
    }
    model.scale(&outputs, by: factor)
    return factor * value
  }
}
