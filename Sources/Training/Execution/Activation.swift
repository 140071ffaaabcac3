import COneDNN
import CollapseCore

/// What flows between layers in a plan: a batch of one shape, and the loss's gradient by it.
package final class Activation {
  /// How far a ReLU that follows was taken over by the layer before it.
  enum Rectification {
    /// Not at all.
    case none
    /// The values are rectified; the gradient still has to be masked.
    case forward
    /// Values and gradient both.
    case complete
  }

  /// The shape of one sample.
  let shape: Shape
  let value: Memory
  /// `nil` in inference and for the network's input, whose gradient nobody needs.
  let gradient: Memory?
  var rectification = Rectification.none
  /// Whether a batch normalization that follows was taken over by the layer before it.
  var isNormalized = false
  /// Whether what a block adds is in the values already.
  var isSummed = false

  init(shape: Shape, value: Memory, gradient: Memory?) {
    self.shape = shape
    self.value = value
    self.gradient = gradient
  }

  /// The same behind the normalization that was taken over.
  var afterNormalization: Activation {
    let output = Activation(shape: shape, value: value, gradient: gradient)
    (output.rectification, output.isSummed) = (rectification, isSummed)
    return output
  }
}

/// What a layer gives, and how many steps forward had been added when it was done.
struct LayerOutput {
  let name: String
  let activation: Activation
  let steps: Int
}

/// One thing a plan does in a step, with the layer it belongs to.
struct Step {
  enum Phase: String { case forward, backwardData, backwardWeights, update }

  let layer: String
  let phase: Phase
  let run: () throws -> Void
}
