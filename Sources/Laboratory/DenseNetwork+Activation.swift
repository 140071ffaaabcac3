import LibC

extension DenseNetwork.Activation {
  /// Replaces u by σ(u), and gives σ'(u); of a ReLU at 0 it is 0.
  func apply(_ values: inout [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: values.count) { slopes, count in
      values.withUnsafeMutableBufferPointer { values in
        count = values.count
        switch self {
        case .identity:
          for index in 0..<count { slopes.initializeElement(at: index, to: 1) }
        case .relu:
          for index in 0..<count {
            let isOn = values[index] > 0
            slopes.initializeElement(at: index, to: isOn ? 1 : 0)
            values[index] = isOn ? values[index] : 0
          }
        case .tanh:
          for index in 0..<count {
            values[index] = LibC.tanh(values[index])
            slopes.initializeElement(at: index, to: 1 - values[index] * values[index])
          }
        case .softplus:
          for index in 0..<count {
            let u = values[index]
            slopes.initializeElement(at: index, to: 1 / (1 + exp(-u)))
            values[index] = max(u, 0) + log1p(exp(-abs(u)))
          }
        case .square:
          for index in 0..<count {
            slopes.initializeElement(at: index, to: 2 * values[index])
            values[index] *= values[index]
          }
        }
      }
    }
  }
}
