public import CollapseCore

/// Which of the ways to compute the same thing a plan takes.
public enum AlgorithmPolicy: String, FieldValue, CaseIterable {
  /// Whatever is fastest, Winograd's convolution included, whose rounding is a little larger.
  case fast
  /// Only algorithms that sum the products of the definition.
  case exact
}
