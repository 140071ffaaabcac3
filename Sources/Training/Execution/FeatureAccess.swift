import COneDNN
import CollapseCore
import Networks

/// The features of a plan, the classifier's input, for an objective that looks at them.
final class FeatureAccess {
  /// The features of the last batch, plain, samples one after another.
  let values: Memory
  /// Where the objective writes its gradient, arranged like `values`; `nil` in inference, and
  /// where the features are the network's input.
  let gradient: Memory?

  /// Made after the layers that give `features` and before the classifier, so that in the run
  /// backward it comes between them.
  init(
    _ features: Activation, _ source: FeatureGradient, in builder: PlanBuilder
  ) throws {
    let plain = try Layout.plain(builder.dimensions(features.shape))
    if features.value.layout.isSame(as: plain) {
      values = features.value
    } else {
      values = try builder.array(plain)
      builder.addForward(
        try Reorder.primitive(
          from: features.value, to: values, scratchpad: builder.scratchpad))
    }
    builder.keep(values)
    guard let target = features.gradient else {
      gradient = nil
      return
    }
    let gradient = try Memory(plain)
    self.gradient = gradient
    builder.use(target)
    let join = try Reorder.primitive(
      from: gradient, to: target, accumulates: source == .ofBoth, scratchpad: builder.scratchpad)
    builder.setBackward([(.backwardData, builder.execution(of: join))])
  }
}
