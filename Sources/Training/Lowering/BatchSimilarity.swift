import CollapseCore
import Networks

/// Whether the samples of a batch are more alike than a ``NormalizationGate`` lets pass, looked at in every
/// pass forward.
///
/// q' has the same bits for any number of threads: each sample's norm is summed in order, and so is every
/// number of the mean over samples.
final class BatchSimilarity {
  /// Whether the gate is closed for the last batch.
  private(set) var isAbove = false
  private let threshold: Double
  private let batch: Int
  private let size: Int
  /// The samples one after another, and what puts them there where they lie in another way.
  private let values: Memory
  private let copy: (() throws -> Void)?
  private let team: ThreadTeam
  /// 1/‖x‖ of every sample; 0 of one that is zero.
  private let inverseNorms: UnsafeMutableBufferPointer<Double>
  /// Σ x/‖x‖ over samples.
  private let sums: UnsafeMutableBufferPointer<Double>

  /// Numbers of the mean that a thread takes at once: a few cache lines of each sample.
  private static let grain = 64

  /// - Parameter shape: of one sample in `input`.
  init(
    _ gate: NormalizationGate, of input: Memory, _ shape: Shape, in builder: PlanBuilder
  ) throws {
    threshold = gate.threshold
    batch = builder.batch
    size = shape.elementCount
    team = builder.team
    let plain = try Layout.plain(builder.dimensions(shape))
    if input.layout.isSame(as: plain) {
      (values, copy) = (input, nil)
    } else {
      values = try builder.workspace.sums.memory(plain)
      copy = builder.execution(
        of: try Reorder.primitive(from: input, to: values, scratchpad: builder.scratchpad))
    }
    inverseNorms = .allocate(capacity: batch)
    inverseNorms.initialize(repeating: 0)
    sums = .allocate(capacity: size)
    sums.initialize(repeating: 0)
  }

  deinit {
    inverseNorms.deallocate()
    sums.deallocate()
  }

  func look() throws {
    try copy?()
    let x = UnsafePointer(values.floats.baseAddress!)
    team.forEachPart(of: batch, grain: 1) { samples in
      for sample in samples {
        var square = 0.0
        for index in sample * size..<(sample + 1) * size {
          square += Double(x[index]) * Double(x[index])
        }
        inverseNorms[sample] = square > 0 ? 1 / square.squareRoot() : 0
      }
    }
    team.forEachPart(of: size, grain: Self.grain) { columns in
      for column in columns { sums[column] = 0 }
      for sample in 0..<batch {
        let (row, inverse) = (x + sample * size, inverseNorms[sample])
        for column in columns { sums[column] += inverse * Double(row[column]) }
      }
    }
    let count = Double(inverseNorms.count { $0 > 0 })
    let square = sums.reduce(0) { $0 + $1 * $1 }
    // Of samples all alike rounding may give more than 1. Of fewer than two it is not a number or
    // means nothing, and above no threshold.
    isAbove = count > 1 && min((square / count - 1) / (count - 1), 1) > threshold
  }
}
