import CollapseCore
import Networks

/// Bytes that products take, told before they are taken.
struct CurvatureMemory {
  private let problem: CurvatureProblem
  /// What the passes of one sample leave behind.
  private let keptPerSample: Double
  private let largestArray: Double
  private let largestBlock: Int
  private let blockCount: Int

  init(_ problem: CurvatureProblem) {
    self.problem = problem
    keptPerSample = problem.architecture.allLayers.reduce(0.0) { sum, place in
      let (input, output) = (Double(place.input.elementCount), Double(place.output.elementCount))
      switch place.description.layer {
      // x and the cotangent of y.
      case is Dense, is Embedding, is Convolution: return sum + 8 * (input + output)
      case is BatchNormalization, is LayerNormalization: return sum + 16 * output
      case is Tanh, is Softplus, is GELU: return sum + 24 * output
      default: return sum + 4 * output
      }
    }
    largestArray = problem.largestArray
    let sizes = problem.blockSizes
    largestBlock = sizes.largest
    blockCount = sizes.count
  }

  /// Bytes beside what is kept of the blocks: vectors, and the passes under way.
  private var least: Double {
    let lanes = min(NetworkCurvature.mostLanes, blockCount)
    let threads = min(problem.threads, lanes)
    return 8 * Double(problem.layout.count) * Double(lanes + 8)
      + 3 * keptPerSample * Double(largestBlock) * Double(threads)
      + 8 * Double(problem.inputs.count)
  }

  private var kept: Double { keptPerSample * Double(problem.sampleCount) }

  /// Whether what the base pass leaves behind may stay.
  ///
  /// - Throws: ``CurvatureError`` where not even a product has the room it takes.
  func keepsActivations() throws -> Bool {
    // Products count in 32 bits.
    guard largestArray * Double(largestBlock) < 0x1p31 else {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature",
        reason: "a layer gives \(largestArray) numbers for a sample, and \(largestBlock) samples "
          + "pass through it together; smaller batches or smaller samples are needed")
    }
    guard least <= Double(problem.memoryLimit) else {
      throw CurvatureError(
        kind: .usage, operation: "take the curvature",
        reason:
          "a product takes \(ByteCount.text(least)), of \(ByteCount.text(problem.memoryLimit)) "
          + "that may be used; fewer threads, smaller batches or fewer samples take less")
    }
    return least + kept <= Double(problem.memoryLimit)
  }
}
