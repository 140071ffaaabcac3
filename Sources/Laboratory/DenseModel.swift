public import CollapseCore
import LinearAlgebra

/// A ``DenseNetwork`` on its samples, in double precision: outputs, their derivatives along a
/// direction and back, all exact but for rounding.
public struct DenseModel: Sendable {
  public let network: DenseNetwork
  /// A row for each sample.
  public let inputs: Matrix
  let products: Products

  /// - Throws: `LinearAlgebraError` where OpenBLAS is missing.
  public init(_ network: DenseNetwork, inputs: Matrix) throws {
    precondition(inputs.columns == network.inputCount)
    self.network = network
    self.inputs = inputs
    products = try Products()
  }

  public var sampleCount: Int { inputs.rows }

  /// What stands at each layer of one pass.
  struct Pass {
    /// What enters each layer.
    var entering: [[Double]]
    /// σ' where it leaves each layer but the last.
    var slopes: [[Double]]
    /// c times what leaves the last.
    var outputs: [Double]
  }

  func pass(at point: [Double]) -> Pass {
    precondition(point.count == network.parameterCount)
    var pass = Pass(entering: [inputs.elements], slopes: [], outputs: [])
    for (index, layer) in network.layers.enumerated() {
      var values = affine(pass.entering[index], layer, point)
      if index == network.layers.count - 1 {
        scale(&values, by: network.outputFactor)
        pass.outputs = values
      } else {
        pass.slopes.append(network.activation.apply(&values))
        pass.entering.append(values)
      }
    }
    return pass
  }

  /// f, a row for each sample.
  public func outputs(at point: [Double]) -> Matrix { rows(pass(at: point).outputs) }

  /// J(θ)v, a row for each sample.
  public func tangent(at point: [Double], along direction: [Double]) -> Matrix {
    precondition(direction.count == network.parameterCount)
    let pass = pass(at: point)
    var tangent: [Double]?
    for (index, layer) in network.layers.enumerated() {
      var next = affine(pass.entering[index], layer, direction)
      if let tangent {
        multiply(tangent, point, layer, adding: true, into: &next)
      }
      if index < pass.slopes.count { scale(&next, by: pass.slopes[index]) }
      tangent = next
    }
    var last = tangent!
    scale(&last, by: network.outputFactor)
    return rows(last)
  }

  /// J(θ)ᵀu for a row u_i of each sample.
  public func cotangent(at point: [Double], of cotangents: Matrix) -> [Double] {
    var gradient = [Double](repeating: 0, count: network.parameterCount)
    addCotangent(pass(at: point), at: point, of: cotangents.elements, into: &gradient)
    return gradient
  }

  func addCotangent(
    _ pass: Pass, at point: [Double], of cotangents: [Double], into gradient: inout [Double]
  ) {
    var signal = cotangents
    scale(&signal, by: network.outputFactor)
    for (index, layer) in network.layers.enumerated().reversed() {
      gradient.withUnsafeMutableBufferPointer { gradient in
        products.multiply(
          signal, pass.entering[index], transposed: .first, rows: layer.outputs,
          columns: layer.inputs, depth: sampleCount, adding: true,
          into: gradient.baseAddress! + layer.weights.lowerBound)
        guard !layer.bias.isEmpty else { return }
        for row in 0..<sampleCount {
          for column in 0..<layer.outputs {
            gradient[layer.bias.lowerBound + column] += signal[row * layer.outputs + column]
          }
        }
      }
      guard index > 0 else { return }
      var below = [Double](repeating: 0, count: sampleCount * layer.inputs)
      point.withUnsafeBufferPointer { point in
        products.multiply(
          signal, point.baseAddress! + layer.weights.lowerBound, rows: sampleCount,
          columns: layer.inputs, depth: layer.outputs, into: &below)
      }
      scale(&below, by: pass.slopes[index - 1])
      signal = below
    }
  }

  /// J(θ), a row for each output of each sample and a column for each parameter.
  public func jacobian(at point: [Double]) throws -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(sampleCount * network.outputCount * network.parameterCount)
    for sample in 0..<sampleCount {
      let one = try DenseModel(network, inputs: inputs.selectingRows([sample]))
      let pass = one.pass(at: point)
      for output in 0..<network.outputCount {
        var gradient = [Double](repeating: 0, count: network.parameterCount)
        let unit = (0..<network.outputCount).map { $0 == output ? 1.0 : 0 }
        one.addCotangent(pass, at: point, of: unit, into: &gradient)
        elements += gradient
      }
    }
    return Matrix(
      rows: sampleCount * network.outputCount, columns: network.parameterCount,
      elements: elements)
  }

  // MARK: - Pieces

  func rows(_ outputs: [Double]) -> Matrix {
    Matrix(rows: sampleCount, columns: network.outputCount, elements: outputs)
  }

  /// Wx + b with the weights and biases of `point`.
  func affine(_ values: [Double], _ layer: DenseNetwork.Layer, _ point: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: sampleCount * layer.outputs)
    multiply(values, point, layer, adding: false, into: &result)
    addBias(layer, point, to: &result)
    return result
  }

  func addBias(
    _ layer: DenseNetwork.Layer, _ point: [Double], to result: inout [Double]
  ) {
    guard !layer.bias.isEmpty else { return }
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<sampleCount {
        for column in 0..<layer.outputs {
          result[row * layer.outputs + column] += point[layer.bias.lowerBound + column]
        }
      }
    }
  }

  /// Wx with the weights of `point`.
  func multiply(
    _ values: [Double], _ point: [Double], _ layer: DenseNetwork.Layer, adding: Bool,
    into result: inout [Double]
  ) {
    point.withUnsafeBufferPointer { point in
      products.multiply(
        values, point.baseAddress! + layer.weights.lowerBound, transposed: .second,
        rows: sampleCount, columns: layer.outputs, depth: layer.inputs, adding: adding,
        into: &result)
    }
  }

  func scale(_ values: inout [Double], by factor: Double) {
    guard factor != 1 else { return }
    values.withUnsafeMutableBufferPointer { values in
      for index in 0..<values.count { values[index] *= factor }
    }
  }

  private func scale(_ values: inout [Double], by factors: [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      factors.withUnsafeBufferPointer { factors in
        for index in 0..<values.count { values[index] *= factors[index] }
      }
    }
  }
}
