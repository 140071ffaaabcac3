import CRowKernels
import CollapseCore
import LinearAlgebra

/// Sums of unit vectors about the direction o_c of a mean per class.
final class DirectionSums: Codable, @unchecked Sendable {
  let stride: Int
  /// 1/‖mean‖ per class, 0 where the mean is zero and o_c with it.
  private let inverseNorms: [Double]
  /// How many rows have a direction.
  private let counts: UnsafeMutableBufferPointer<Int>
  /// Σ‖u − o_c‖² per class.
  let squares: AlignedBuffer
  /// Σ(u − o_c), classes × stride.
  private let offsets: AlignedBuffer

  init(inverseNorms: [Double], stride: Int) {
    self.stride = stride
    self.inverseNorms = inverseNorms
    counts = .allocate(capacity: inverseNorms.count)
    counts.initialize(repeating: 0)
    squares = AlignedBuffer(count: inverseNorms.count)
    offsets = AlignedBuffer(count: inverseNorms.count * stride)
  }

  deinit { counts.deallocate() }

  /// Counts a row of class `number`, and says how its direction is added: not at all where it has
  /// none.
  ///
  /// - Parameters:
  ///   - square: the squared length of the row, about what the mean is about.
  ///   - within: ‖z‖².
  func direction(
    of number: Int, mean: UnsafePointer<Double>, square: Double, within: Double
  ) -> crowkernels_direction {
    var direction = crowkernels_direction(
      mean: mean, share: 0, scale: 0, excess: 0, sums: offsets.base + number * stride)
    guard square > 0 else { return direction }
    counts[number] += 1
    direction.scale = 1 / square.squareRoot()
    // Of the two ways to put it the one whose terms are small: for a short z scale·z + excess·mean,
    // which keeps its digits near collapse.
    direction.share = within <= square ? 0 : 1
    direction.excess = (1 - direction.share) * direction.scale - inverseNorms[number]
    return direction
  }

  func removeAll() {
    counts.update(repeating: 0)
    squares.removeAll()
    offsets.removeAll()
  }

  func merge(_ later: DirectionSums) {
    for index in inverseNorms.indices { counts[index] += later.counts[index] }
    squares.add(later.squares)
    offsets.add(later.offsets)
  }

  /// The mean unit vector and the spread of each class, whose mean is a row of `means`.
  func statistics(of means: Matrix) -> DirectionStatistics {
    var directions = means
    let spreads: [Double?] = inverseNorms.indices.map { number in
      let scale = inverseNorms[number]
      guard counts[number] > 0 else {
        for column in 0..<means.columns { directions[number, column] = 0 }
        return nil
      }
      let count = Double(counts[number])
      var squareOfMean = 0.0
      for column in 0..<means.columns {
        let offset = offsets.base[number * stride + column] / count
        directions[number, column] = means[number, column] * scale + offset
        squareOfMean += offset * offset
      }
      // The origin is the direction of the class mean: the mean offset is of second order in the
      // spread, so nothing cancels here.
      return max(0, squares.base[number] / count - squareOfMean)
    }
    return DirectionStatistics(
      counts: Array(counts), meanDirections: directions, spreads: spreads)
  }

  private enum CodingKeys: CodingKey { case stride, inverseNorms, counts, squares, offsets }

  convenience init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let inverseNorms = try container.decode([Double].self, forKey: .inverseNorms)
    let stride = try container.decode(Int.self, forKey: .stride)
    let counts = try container.decode([Int].self, forKey: .counts)
    let squares = try container.decode([Double].self, forKey: .squares)
    let offsets = try container.decode([Double].self, forKey: .offsets)
    // Before room is made for them.
    guard (0...1 << 25).contains(stride), counts.count == inverseNorms.count, counts.areCounts,
      offsets.count == max(counts.count * stride, AlignedBuffer.alignment / 8),
      squares.count == max(counts.count, AlignedBuffer.alignment / 8)
    else { throw ArrayCodingError("directions of other lengths than \(counts.count) × \(stride)") }
    self.init(inverseNorms: inverseNorms, stride: stride)
    for (index, count) in counts.enumerated() { self.counts[index] = count }
    self.squares.assign(squares)
    self.offsets.assign(offsets)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(stride, forKey: .stride)
    try container.encode(inverseNorms, forKey: .inverseNorms)
    try container.encode(Array(counts), forKey: .counts)
    try container.encode(squares.elements, forKey: .squares)
    try container.encode(offsets.elements, forKey: .offsets)
  }
}

extension DirectionSums {
  func isOf(classes: Int, stride: Int) -> Bool {
    self.stride == stride && inverseNorms.count == classes
  }
}

/// The unit vectors of each class: how many, their mean ū_c and mean‖u − ū_c‖² = 1 − ‖ū_c‖².
struct DirectionStatistics: Sendable {
  let counts: [Int]
  /// ū_c, classes × d; zero for a class without directions.
  let meanDirections: Matrix
  /// `nil` for a class without directions.
  let spreads: [Double?]
}
