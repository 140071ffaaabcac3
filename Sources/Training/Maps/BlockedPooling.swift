import CMaps
import COneDNN
import CollapseCore
import Networks

/// Pooling of maps in blocks of 16 channels, written here for processors whose oneDNN goes through
/// them in plain loops: those without AVX-512.
struct BlockedPooling {
  /// Of the pooled maps.
  let result: Layout
  private let shape: cpooling
  private let takesLargest: Bool
  /// Blocks of all samples.
  private let blocks: Int

  /// - Parameters:
  ///   - source: the layout of the maps.
  ///   - size: of the pooled maps.
  ///   - library: what oneDNN has for it.
  ///   - takesLargest: else the mean.
  /// - Returns: `nil` where the library does better, or where the maps lie in another way.
  init?(
    _ source: Layout, _ size: [Int], _ library: PrimitiveDescriptor, window: Window,
    takesLargest: Bool
  ) throws {
    let places = window.kernel[0] * window.kernel[1]
    guard library.isInPlainLoops, source.isInBlocksOfFloats, places <= 256 || !takesLargest
    else { return nil }
    result = try .blocked(size)
    self.takesLargest = takesLargest
    blocks = size[0] * (size[1] / 16)
    shape = cpooling(
      source_height: source.dimensions[2], source_width: source.dimensions[3],
      result_height: size[2], result_width: size[3], window_height: window.kernel[0],
      window_width: window.kernel[1], stride_down: window.stride[0],
      stride_across: window.stride[1], padding_down: window.padding[0],
      padding_across: window.padding[1])
  }

  /// What the backward direction needs to know of the forward one: where in its window each result
  /// was found, a byte for each.
  func workspace(in builder: PlanBuilder) throws -> Memory? {
    guard builder.isTraining, takesLargest else { return nil }
    return try Memory(.plain([(result.byteCount / 4 + 3) / 4]))
  }

  func forward(
    of maps: Memory, to results: Memory, _ winners: Memory?, _ team: ThreadTeam
  ) -> () throws -> Void {
    return {
      let (from, to) = (maps.floats.baseAddress, results.floats.baseAddress)
      let winners = winners?.address?.assumingMemoryBound(to: UInt8.self)
      team.forEachPart(of: blocks, shape) { shape, units, _ in
        if takesLargest {
          cpooling_largest(shape, from, units.lowerBound, units.upperBound, to, winners)
        } else {
          cpooling_mean(shape, from, units.lowerBound, units.upperBound, to)
        }
      }
    }
  }

  func backward(
    of gradients: Memory, _ winners: Memory?, to results: Memory, _ team: ThreadTeam
  ) -> () throws -> Void {
    return {
      let (from, to) = (gradients.floats.baseAddress, results.floats.baseAddress)
      let winners = winners?.address?.assumingMemoryBound(to: UInt8.self)
      team.forEachPart(of: blocks, shape) { shape, units, _ in
        if takesLargest {
          cpooling_largest_gradient(shape, from, winners, units.lowerBound, units.upperBound, to)
        } else {
          cpooling_mean_gradient(shape, from, units.lowerBound, units.upperBound, to)
        }
      }
    }
  }
}
