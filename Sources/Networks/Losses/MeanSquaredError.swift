import CollapseCore

/// (1/C) Σ_c k_c (z_c − t_c)², where t is `target` at the true class and 0 elsewhere, and k is
/// `weight` at the true class and 1 elsewhere.
///
/// Source of the rescaling: Hui & Belkin, "Evaluation of Neural Architectures Trained with Square
/// Loss vs Cross-Entropy", 2021.
package struct MeanSquaredError: Loss {
  package static let kind = "meanSquaredError"
  package static let name = "mean_squared_error"

  /// k at the true class.
  package var weight: Double
  /// t at the true class.
  package var target: Double

  package init(weight: Double = 1, target: Double = 1) {
    self.weight = weight
    self.target = target
  }

  package func evaluate(logits row: UnsafeMutableBufferPointer<Double>, label: Int) -> Double {
    var loss = 0.0
    for c in row.indices {
      let difference = row[c] - (c == label ? target : 0)
      let factor = (c == label ? weight : 1) / Double(row.count)
      loss += factor * difference * difference
      row[c] = 2 * factor * difference
    }
    return loss
  }
}

extension MeanSquaredError {
  private enum CodingKeys: String, CodingKey, CaseIterable { case kind, weight, target }

  package init(from decoder: any Decoder) throws {
    try decoder.refuseFields(except: CodingKeys.allCases)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    weight = try container.value(.weight, default: 1.0)
    target = try container.value(.target, default: 1.0)
    try container.require(.weight, weight, "a positive number") { $0 > 0 }
    try container.require(.target, target, "a positive number") { $0 > 0 }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(weight, forKey: .weight)
    try container.encode(target, forKey: .target)
  }
}
