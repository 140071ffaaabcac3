import COneDNN
import Networks

/// As the product that it is: of few samples, as models of free features have them, that costs little.
extension Embedding: Lowerable {
  func lower(
    _ received: Activation, at place: PlacedLayer, in builder: PlanBuilder
  ) throws -> Activation {
    try Dense(outputs: outputs, bias: false).lower(received, at: place, in: builder)
  }
}
