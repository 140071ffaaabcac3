import Networks

/// A kind of layer the engine has a way to compute: one file beside this one for each.
protocol Lowerable: Layer {
  /// Adds the layer's steps to a plan.
  ///
  /// - Parameter place: the layer's shapes, arrays and branches in this network.
  /// - Returns: what the steps leave for the layers after this one.
  func lower(
    _ input: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation
}
