package import CollapseCore
import LibC

/// Two half circles in the plane, laid so that one coordinate alone tells them apart.
///
/// Points of two interleaved arcs of unit radius, evenly spaced, with normal noise. The coordinate
/// across the arcs is measured from its mean and given the class's sign, and the classes are moved
/// apart by Δ each: with Δ > 0 its sign decides, with Δ < 0 points of both classes share a strip, and
/// only with the coordinate along the arcs are they told apart.
///
/// Source: Pezeshki et al., arXiv 2011.09468, with what is drawn at random by other numbers.
package struct MoonPoints: Sendable, Hashable {
  /// The coordinate that separates, and the one along the arcs.
  package let inputs: Matrix
  /// ±1, a half of each.
  package let signs: [Double]

  package init(
    count: Int, noise: Double = 0.1, margin: Double, _ generator: inout SeededGenerator
  ) {
    let half = count / 2
    let signs: [Double] = (0..<count).map { $0 < half ? -1 : 1 }
    var across: [Double] = []
    var along: [Double] = []
    for (index, sign) in signs.enumerated() {
      let (place, length) = sign < 0 ? (index, half) : (index - half, count - half)
      let angle = Double.pi * Double(place) / Double(max(length - 1, 1))
      // Arcs open towards each other, the second moved by (1, ½); both then lie around the origin.
      along.append(-sign * (cos(angle) - 0.5) + noise * generator.normal())
      across.append(-sign * (sin(angle) + 0.3) + (sign > 0 ? 0.5 : 0) + noise * generator.normal())
    }
    self.signs = signs
    let mean = across.reduce(0, +) / Double(count)
    inputs = Matrix(
      rows: count, columns: 2,
      elements: signs.indices.flatMap { index in
        [signs[index] * (abs(across[index] - mean) + margin), along[index]]
      })
  }

  /// The share of outputs, one for each point, with its sign.
  package func accuracy(of outputs: Matrix) -> Double {
    let right = signs.indices.count { outputs.elements[$0] * signs[$0] > 0 }
    return Double(right) / Double(signs.count)
  }
}
