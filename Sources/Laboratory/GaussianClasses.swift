public import CollapseCore

/// Samples around the vertices of a simplex.
public enum GaussianClasses {
  /// A row per sample, those of a class next to each other, divided by √d: μ_k + noise of deviation 1
  /// with ‖μ_k‖ = `signal`.
  ///
  /// - Precondition: no more classes than dimensions.
  public static func samples(
    classCount: Int, perClass: Int, dimension: Int, signal: Double, seed: UInt64, stream: String
  ) -> Matrix {
    precondition(classCount <= dimension)
    var generator = SeededGenerator(seed: seed, stream: "laboratory \(stream)")
    let k = Double(classCount)
    // A vertex e_k − 1/K has the norm √(1 − 1/K).
    let scale = signal / (1 - 1 / k).squareRoot()
    var samples = Matrix(rows: classCount * perClass, columns: dimension)
    for row in 0..<samples.rows {
      for column in 0..<dimension {
        let mean =
          column < classCount ? scale * ((row / perClass == column ? 1 : 0) - 1 / k) : 0
        samples[row, column] = (mean + generator.normal()) / Double(dimension).squareRoot()
      }
    }
    return samples
  }
}
