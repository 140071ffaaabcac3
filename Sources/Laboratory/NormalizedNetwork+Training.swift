public import CollapseCore
import LinearAlgebra

extension NormalizedNetwork {
  /// The mean cross-entropy of a pass, and its gradient by all parameters. Running moments that a layer took
  /// are constants in it.
  public func gradient(
    of pass: Pass, at point: [Double], labels: [Int]
  ) -> (loss: Double, gradient: [Double]) {
    precondition(labels.count == pass.count)
    var gradient = [Double](repeating: 0, count: parameterCount)
    var signal = pass.logits
    let classes = widths.last!
    let loss = signal.withUnsafeMutableBufferPointer { signal in
      labels.indices.reduce(0.0) { sum, row in
        sum
          + replaceByCrossEntropyGradient(
            signal.baseAddress! + row * classes, classCount: classes, label: labels[row],
            count: Double(pass.count))
      }
    }
    for (index, layer) in layers.enumerated().reversed() {
      if index < hiddenCount {
        pullBack(&signal, through: pass.hidden[index], layer, at: point, into: &gradient)
      } else {
        addColumns(of: signal, to: &gradient, layer.shift)
      }
      let entering = index == 0 ? pass.inputs : pass.hidden[index - 1].rectified
      gradient.withUnsafeMutableBufferPointer { gradient in
        products.multiply(
          signal, entering, transposed: .first, rows: layer.outputs, columns: layer.inputs,
          depth: pass.count, into: gradient.baseAddress! + layer.weights.lowerBound)
      }
      guard index > 0 else { break }
      var below = [Double](repeating: 0, count: pass.count * layer.inputs)
      point.withUnsafeBufferPointer { point in
        products.multiply(
          signal, point.baseAddress! + layer.weights.lowerBound, rows: pass.count,
          columns: layer.inputs, depth: layer.outputs, into: &below)
      }
      signal = below
    }
    return (loss, gradient)
  }

  /// From the gradient behind a ReLU to that by what enters the normalization before it.
  private func pullBack(
    _ signal: inout [Double], through hidden: Pass.Hidden, _ layer: Layer, at point: [Double],
    into gradient: inout [Double]
  ) {
    let columns = layer.outputs
    for index in signal.indices where hidden.normalized[index] <= 0 { signal[index] = 0 }
    addColumns(of: signal, to: &gradient, layer.shift)
    guard !layer.scale.isEmpty else { return }
    let (scale, inverse) = (layer.scale.lowerBound, hidden.inverse)
    // Sums of g and of g x̂, which are the gradients by β and γ.
    for row in stride(from: 0, to: signal.count, by: columns) {
      for column in 0..<columns {
        gradient[scale + column] += signal[row + column] * hidden.standard[row + column]
      }
    }
    let share = hidden.takesRunning ? 0 : Double(columns) / Double(signal.count)
    for row in stride(from: 0, to: signal.count, by: columns) {
      for column in 0..<columns {
        let part =
          gradient[layer.shift.lowerBound + column]
          + hidden.standard[row + column] * gradient[scale + column]
        signal[row + column] =
          point[scale + column] * inverse[column] * (signal[row + column] - share * part)
      }
    }
  }

  private func addColumns(of signal: [Double], to gradient: inout [Double], _ range: Range<Int>) {
    for row in stride(from: 0, to: signal.count, by: range.count) {
      for column in 0..<range.count {
        gradient[range.lowerBound + column] += signal[row + column]
      }
    }
  }

  /// Lets the running moments follow a pass in training, but for layers whose gate it closed: they keep
  /// ``momentum`` of its mean and of its variance, the latter scaled by n/(n − 1).
  public mutating func follow(_ pass: Pass) {
    guard normalization != .none else { return }
    let unbiased = Double(pass.count) / Double(max(pass.count - 1, 1))
    for (index, hidden) in pass.hidden.enumerated() where !hidden.isGated {
      for column in hidden.mean.indices {
        runningMeans[index][column] +=
          momentum * (hidden.mean[column] - runningMeans[index][column])
        runningVariances[index][column] +=
          momentum * (unbiased * hidden.variance[column] - runningVariances[index][column])
      }
    }
  }

  /// A step of gradient descent on a batch.
  ///
  /// - Returns: the loss before it, and of each hidden layer whether its gate was closed.
  public mutating func step(
    _ inputs: Matrix, labels: [Int], rate: Double, at point: inout [Double]
  ) -> (loss: Double, gated: [Bool]) {
    let pass = pass(inputs, at: point, by: .training)
    let (loss, gradient) = gradient(of: pass, at: point, labels: labels)
    follow(pass)
    for index in point.indices { point[index] -= rate * gradient[index] }
    return (loss, pass.hidden.map(\.isGated))
  }

  /// The share of samples that running moments classify as `labels` say; logits that are not a number are
  /// wrong.
  public func accuracy(_ inputs: Matrix, labels: [Int], at point: [Double]) -> Double {
    let logits = pass(inputs, at: point, by: .running).logits
    let classes = widths.last!
    let right = labels.indices.count { row in
      let own = logits[row * classes + labels[row]]
      return (0..<classes).allSatisfy { $0 == labels[row] || logits[row * classes + $0] < own }
    }
    return Double(right) / Double(labels.count)
  }
}
