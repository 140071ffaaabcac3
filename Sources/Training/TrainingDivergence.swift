public import CollapseCore

/// The loss stopped being a finite number or grew beyond all use, or a parameter did.
public struct TrainingDivergence: ClassifiedError, Hashable {
  /// The epoch, counted from 1.
  public let epoch: Int
  /// The step in it, counted from 1; `nil` when it showed after the epoch's last step.
  public let step: Int?
  /// The mean loss of the step or the evaluation, penalties included.
  public let loss: Double
  /// The first layer, in order of execution, with an output or a parameter that is not finite,
  /// if there is one.
  public let layer: String?

  public var kind: FailureKind { .badInput }

  public var description: String {
    let place = step.map { "epoch \(epoch), step \($0)" } ?? "epoch \(epoch), after its last step"
    let culprit =
      layer.map { "; the first layer that is not finite is '\($0)'" }
      ?? "; every layer is finite"
    return "training diverged in \(place): the loss is \(loss.shortestText)\(culprit). "
      + "A lower learning rate may help; checkpoints written before stay as they are"
  }
}
