import NeuralCollapse

/// What a number in the report means: a measure of the catalogue, or a fact of the training.
struct Term: Hashable {
  /// The measure's key, or the column's.
  let key: String
  let definition: String
  let formula: String?
  /// The value under perfect collapse.
  let ideal: String?
  let citation: String?

  /// The term of a column, if the column's numbers need one.
  static func of(_ key: String) -> Term? { all[key] }

  /// Every term: the catalogue's measures, then those of the training.
  static let inOrder = Measure.catalogue.map { Term($0) } + ofTraining

  private static let all = Dictionary(
    inOrder.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })

  private init(_ measure: Measure) {
    key = measure.key
    definition = measure.definition
    formula = measure.formula
    ideal = measure.underCollapse
    citation = measure.citation
  }

  private init(_ key: String, _ definition: String, formula: String? = nil) {
    self.key = key
    self.definition = definition
    self.formula = formula
    ideal = nil
    citation = nil
  }

  private static let ofTraining = [
    Term(
      "batch_normalization",
      "Where the network normalizes batches: all (after every layer), last (only before the "
        + "classifier) or none."),
    Term(
      "weight_decay",
      "Strength of the penalty on the classifier during training; a configuration may give other "
        + "layers another.", formula: "λ of W in the loss + λ/2 ‖W‖² + …"),
    Term("learning_rate", "Step size of the optimizer in the first epoch."),
    Term("seed", "Seed of the initial weights and of the order of the samples."),
    Term("seeds", "Number of runs that differ only in their seed."),
    Term("last_epoch", "Number of passes over the training data that were done."),
    Term(
      "zero_error_epoch",
      "First epoch with zero training error: every training sample classified right."),
    Term("train_accuracy", "Share of training samples classified right after the last epoch."),
    Term("test_accuracy", "Share of test samples classified right after the last epoch."),
    Term(
      "training_loss",
      "Mean cross-entropy on the training data after the last epoch, without the penalty."),
    Term(
      "regularized_loss", "Training loss with the penalty on the weights, each with its own λ.",
      formula: "loss + Σ λ/2 ‖θ‖²"),
  ]
}
