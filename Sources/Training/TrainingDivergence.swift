public import Tensors

/// The loss stopped being a finite number, or grew beyond all use.
public struct TrainingDivergence: ClassifiedError, Hashable {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// The step in it, counted from 1; `nil` when it showed in the evaluation after the epoch.
  public let step: Int?
  public let loss: Double
  /// The first layer, in order of execution, whose output is not finite, if there is one.
  public let layer: String?

  public var kind: FailureKind { .badInput }

  public var description: String {
    let place = step.map { "epoch \(epoch), step \($0)" } ?? "the evaluation after epoch \(epoch)"
    let culprit =
      layer.map { "; the first layer whose output is not finite is '\($0)'" }
      ?? "; every layer's output is finite"
    return "training diverged in \(place): the loss is \(loss)\(culprit). "
      + "A lower learning rate may help; checkpoints written before stay as they are"
  }
}
