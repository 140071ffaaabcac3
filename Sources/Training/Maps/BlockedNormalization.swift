import CMaps
import COneDNN
import CollapseCore

/// Batch normalization of maps in blocks of 16 channels, written here for processors whose oneDNN
/// goes through them in plain loops: those without AVX-512, where it takes a hundred times longer
/// than memory needs.
///
/// Moments are joined in double precision. The results do not depend on the number of threads.
struct BlockedNormalization {
  private let shape: cnormalization
  private let samples: Int
  private let scale: Memory?
  private let shift: Memory?
  private let mean: Memory
  private let variance: Memory
  /// Whether the moments are given, and not the batch's.
  private let given: Bool

  /// - Parameters:
  ///   - layout: of the maps.
  ///   - library: what oneDNN has for it.
  ///   - mean: of each channel, as `variance`: given, or where those of the batch are put.
  /// - Returns: `nil` where the library does better, or where the maps lie in another way.
  init?(
    _ layout: Layout, _ library: PrimitiveDescriptor, epsilon: Double, rectifies: Bool,
    scale: Memory?, shift: Memory?, mean: Memory, variance: Memory, given: Bool
  ) {
    guard library.isInPlainLoops, layout.isInBlocksOfFloats else { return nil }
    let size = layout.dimensions
    samples = size[0]
    shape = cnormalization(
      samples: size[0], channels: size[1], pixels: size[2] * size[3], epsilon: Float(epsilon),
      rectifies: rectifies ? 1 : 0)
    (self.scale, self.shift, self.mean, self.variance) = (scale, shift, mean, variance)
    self.given = given
  }

  private var factors: cnormalization_factors {
    cnormalization_factors(
      scale: scale?.floats.baseAddress, shift: shift?.floats.baseAddress,
      mean: mean.floats.baseAddress, variance: variance.floats.baseAddress)
  }

  /// Blocks of all samples.
  private var blocks: Int { samples * (shape.channels / 16) }

  private var summingUnits: Int {
    withUnsafePointer(to: shape) { cnormalization_summing_units($0) }
  }

  private func partialSums(_ builder: PlanBuilder) throws -> Memory {
    let count = withUnsafePointer(to: shape) { cnormalization_partial_count($0) }
    return try builder.workspace.sums.memory(.plain([2 * count]))
  }

  /// Finds the batch's moments first, where none are given.
  func forward(
    of maps: Memory, to results: Memory, _ builder: PlanBuilder
  ) throws -> () throws -> Void {
    let team = builder.team
    let partial = given ? nil : try partialSums(builder)
    return {
      let maps = UnsafePointer(maps.floats.baseAddress!)
      if let sums = partial?.address?.assumingMemoryBound(to: Double.self) {
        team.forEachPart(of: summingUnits, shape) { shape, units, _ in
          cnormalization_moments(shape, maps, units.lowerBound, units.upperBound, sums)
        }
        withUnsafePointer(to: shape) {
          cnormalization_join_moments(
            $0, sums, mean.floats.baseAddress, variance.floats.baseAddress)
        }
      }
      let factors = factors
      team.forEachPart(of: blocks, shape) { shape, units, _ in
        cnormalization_apply(
          shape, maps, factors, units.lowerBound, units.upperBound, results.floats.baseAddress)
      }
    }
  }

  func backward(
    of maps: Memory, _ gradients: Memory, to results: Memory, byScale: Memory?, byShift: Memory?,
    _ builder: PlanBuilder
  ) throws -> () throws -> Void {
    let team = builder.team
    let vector = try Layout.plain([shape.channels])
    let partial = try partialSums(builder)
    let byScale = try byScale ?? Memory(vector)
    let byShift = try byShift ?? Memory(vector)
    // The batch's moments take part of the gradient along them away; given ones do not.
    let (fromMean, fromVariance) =
      given ? (try Memory(vector), try Memory(vector)) : (byShift, byScale)
    return {
      let factors = factors
      let maps = UnsafePointer(maps.floats.baseAddress!)
      let gradients = UnsafePointer(gradients.floats.baseAddress!)
      let sums = partial.address!.assumingMemoryBound(to: Double.self)
      team.forEachPart(of: summingUnits, shape) { shape, units, _ in
        cnormalization_sums(
          shape, maps, gradients, factors, units.lowerBound, units.upperBound, sums)
      }
      withUnsafePointer(to: shape) {
        cnormalization_join_sums(
          $0, sums, byShift.floats.baseAddress, byScale.floats.baseAddress)
      }
      team.forEachPart(of: blocks, shape) { shape, units, _ in
        cnormalization_gradient(
          shape, maps, gradients, factors, fromMean.floats.baseAddress,
          fromVariance.floats.baseAddress, units.lowerBound, units.upperBound,
          results.floats.baseAddress)
      }
    }
  }
}
