public import CollapseCore

/// The moments that batch normalization divides by where nothing is trained.
public enum NormalizationStatistics: String, FieldValue, CaseIterable {
  /// Those that were kept in training: as in inference.
  case running
  /// Those of each batch: as in training.
  case batch
}
