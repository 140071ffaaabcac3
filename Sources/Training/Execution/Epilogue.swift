import CollapseCore
import Networks

/// What a layer may do with its results before it writes them, in place of layers that follow.
struct Epilogue {
  /// A batch normalization behind it, in inference, where it is an affine map of each channel.
  var normalization: PlacedLayer?
  /// What a block adds to the results, in inference: they may be written over it.
  var summand: Activation?
  /// Whether negative results become zero in the end.
  var rectifies = false
}

/// A layer that gives an affine map of its input, of which a batch normalization behind makes another.
protocol TakesNormalization: Lowerable {}

/// The weights and the bias of a layer with the batch normalization behind it, as it is in inference:
///
///     W' = diag(a) W,  b' = a (b − μ) + β,  a = γ / √(σ² + ε),
///
/// computed in double precision when parameters have changed.
struct FoldedNormalization {
  let weights: Memory
  let bias: Memory

  init(
    _ place: PlacedLayer, _ layer: BatchNormalization, behind weight: Parameter,
    _ bias: Parameter?, in builder: PlanBuilder
  ) throws {
    let vector = try Layout.plain([place.output[0]])
    var arrays = place.parameters[...]
    let gamma =
      layer.scale
      ? try builder.parameter(arrays.removeFirst(), of: place.name) { vector }.values : nil
    let beta =
      layer.shift
      ? try builder.parameter(arrays.removeFirst(), of: place.name) { vector }.values : nil
    let mean = try builder.statistic(place.statistics[0], of: place.name)
    let variance = try builder.statistic(place.statistics[1], of: place.name)
    let epsilon = layer.epsilon
    func factor(_ channel: Int) -> Double {
      Double(gamma?.floats[channel] ?? 1)
        / (Double(variance.floats[channel]) + epsilon).squareRoot()
    }
    let source = weight.values
    let plainLayout = try Layout.plain(source.layout.dimensions)
    weights = try builder.prepared("with normalization", from: source, source.layout) { folded in
      let plain = try Memory(plainLayout)
      try Reorder.run(from: source, to: plain)
      let rows = plain.floats
      let columns = plainLayout.dimensions.dropFirst().reduce(1, *)
      for row in 0..<plainLayout.dimensions[0] {
        let factor = factor(row)
        for index in row * columns..<(row + 1) * columns {
          rows[index] = Float(Double(rows[index]) * factor)
        }
      }
      try Reorder.run(from: plain, to: folded)
    }
    let own = bias?.values
    self.bias = try builder.prepared("bias with normalization", from: source, vector) { folded in
      let values = folded.floats
      for channel in 0..<vector.dimensions[0] {
        let shifted = Double(own?.floats[channel] ?? 0) - Double(mean.floats[channel])
        values[channel] = Float(
          factor(channel) * shifted + Double(beta?.floats[channel] ?? 0))
      }
    }
  }
}
