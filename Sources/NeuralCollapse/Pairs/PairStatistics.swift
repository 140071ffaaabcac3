import CRowKernels
import CollapseCore
import LibC
import LinearAlgebra

/// What the pairs of C vectors say of their geometry: cosines, distances of their directions, and how
/// far their Gram matrix is from a simplex ETF's and from an orthogonal frame's.
struct PairStatistics: Sendable {
  /// Over pairs of vectors that both have a direction.
  private(set) var cosines = Moments()
  /// |cos + 1/(C−1)|.
  private(set) var deviations = Moments()
  private(set) var largestDeviation = 0.0
  /// ‖u − u'‖ of the directions, its inverse and −log of it.
  private(set) var distances = Moments()
  private(set) var inverseDistances = Moments()
  private(set) var logEnergies = Moments()
  /// Whether two vectors have the same direction, so that the last two are none.
  private(set) var hasEqualDirections = false
  /// ⟨x, x'⟩.
  private(set) var products = Moments()
  /// Cosines of x + c and x' + c for the offset c.
  private(set) var offsetCosines = Moments()
  /// ‖G/‖G‖_F − (I − 11ᵀ/C)/√(C−1)‖_F, ‖G/‖G‖_F − I/√C‖_F, and the latter of the vectors x + c;
  /// `nil` where the Gram matrix is zero.
  private(set) var simplexDistance: Double?
  private(set) var orthogonalDistance: Double?
  private(set) var offsetOrthogonalDistance: Double?

  /// Per vector, of all others: the least ‖x − x'‖², and the sums of ‖x − x'‖⁻² and ‖x − x'‖⁻⁴;
  /// infinite where another vector is the same.
  private(set) var nearestSquares: [Double] = []
  private(set) var inverseSquares: [Double] = []
  private(set) var inverseFourths: [Double] = []

  /// Under this share of the squared lengths a squared distance is taken from the differences: as
  /// ‖x‖² + ‖x'‖² − 2⟨x, x'⟩ it would lose digits.
  private static let nearShare = 1e-3

  /// - Parameters:
  ///   - offset: c, where the vectors are centred and c is their centre.
  ///   - negligible: vectors no longer than this have no direction.
  ///   - findsNeighbours: whether to fill the lists per vector.
  init(
    of vectors: Matrix, offset: [Double]? = nil, negligible: Double = 0, findsNeighbours: Bool,
    _ tiles: PairTiles
  ) throws {
    let count = vectors.rows
    guard count > 1 else { return }
    let frame = try Frame(vectors, offset, negligible: negligible, tiles)
    let total = try vectors.elements.withUnsafeBufferPointer { elements in
      let work = Work(
        frame: frame, elements: SharedPointer(elements), columns: vectors.columns,
        count: count, findsNeighbours: findsNeighbours)
      return try tiles.fold(vectors) {
        Sums(work)
      } add: { tile, sums in
        sums.add(tile, work)
      } merge: {
        $0.merge($1)
      }
    }
    self = total.statistics
    func distance(_ sum: Double, diagonal: [Double], target: Double, scale: Double) -> Double? {
      guard scale > 0 else { return nil }
      return
        (diagonal.reduce(2 * sum) { total, norm in
          let difference = norm * (norm / scale) - target
          return total + difference * difference
        }).squareRoot()
    }
    let classes = Double(count)
    simplexDistance = distance(
      total.simplexSquares, diagonal: frame.norms,
      target: (1 - 1 / classes) / (classes - 1).squareRoot(), scale: frame.scale)
    orthogonalDistance = distance(
      total.orthogonalSquares, diagonal: frame.norms, target: 1 / classes.squareRoot(),
      scale: frame.scale)
    offsetOrthogonalDistance = distance(
      total.offsetOrthogonalSquares, diagonal: frame.offsetNorms,
      target: 1 / classes.squareRoot(), scale: frame.offsetScale)
  }

  /// What all tiles need of the vectors.
  private struct Frame: Sendable {
    let squares: [Double]
    /// Zero where there is no direction.
    let norms: [Double]
    let inverseNorms: [Double]
    /// ‖G‖_F.
    let scale: Double
    /// ⟨x, c⟩, ‖c‖², and norms and ‖G‖_F of x + c; empty and zero without an offset.
    let alongOffset: [Double]
    let offsetSquare: Double
    let offsetNorms: [Double]
    let offsetInverseNorms: [Double]
    let offsetScale: Double

    init(
      _ vectors: Matrix, _ offset: [Double]?, negligible: Double, _ tiles: PairTiles
    ) throws {
      func inverse(_ norms: [Double]) -> [Double] { norms.map { $0 > 0 ? 1 / $0 : 0 } }
      let lengths = vectors.rowNorms
      squares = lengths.map { $0 * $0 }
      norms = lengths.map { $0 > negligible ? $0 : 0 }
      inverseNorms = inverse(norms)
      scale = norms.contains { $0 > 0 } ? try tiles.gramNorm(vectors) : 0
      guard let offset else {
        (alongOffset, offsetSquare, offsetNorms, offsetInverseNorms, offsetScale) = (
          [], 0, [], [], 0
        )
        return
      }
      let shifted = vectors.subtractingFromRows(offset.map { -$0 })
      alongOffset = (0..<vectors.rows).map { dot(vectors.row($0), offset[...]) }
      offsetSquare = dot(offset[...], offset[...])
      offsetNorms = shifted.rowNorms
      offsetInverseNorms = inverse(offsetNorms)
      offsetScale = try tiles.gramNorm(shifted)
    }
  }

  private struct Work: Sendable {
    let frame: Frame
    let elements: SharedPointer
    let columns: Int
    let count: Int
    let findsNeighbours: Bool

    func row(_ index: Int) -> UnsafePointer<Double> { elements.base + index * columns }
  }

  /// The sums of a strip, or of several.
  private struct Sums: Sendable {
    var statistics = PairStatistics()
    var simplexSquares = 0.0
    var orthogonalSquares = 0.0
    var offsetOrthogonalSquares = 0.0

    init(_ work: Work) {
      guard work.findsNeighbours else { return }
      statistics.nearestSquares = Array(repeating: .infinity, count: work.count)
      statistics.inverseSquares = Array(repeating: 0, count: work.count)
      statistics.inverseFourths = statistics.inverseSquares
    }

    mutating func merge(_ other: Sums) {
      simplexSquares += other.simplexSquares
      orthogonalSquares += other.orthogonalSquares
      offsetOrthogonalSquares += other.offsetOrthogonalSquares
      statistics.merge(other.statistics)
    }

    mutating func add(_ tile: PairTiles.Tile, _ work: Work) {
      let frame = work.frame
      let classes = Double(work.count)
      let simplexCosine = -1 / (classes - 1)
      let simplexElement = -1 / (classes - 1).squareRoot() / classes
      let inverseScale = frame.scale > 0 ? 1 / frame.scale : 0
      let offsetInverseScale = frame.offsetScale > 0 ? 1 / frame.offsetScale : 0
      let hasOffset = !frame.alongOffset.isEmpty
      var row = Row(capacity: tile.columns.count)
      for first in tile.rows {
        let range = tile.columns(of: first)
        guard !range.isEmpty else { continue }
        row.removeAll()
        let square = frame.squares[first]
        for second in range {
          let product = tile[first, second]
          let element = product * inverseScale
          simplexSquares += (element - simplexElement) * (element - simplexElement)
          orthogonalSquares += element * element
          row.products.append(product)
          if hasOffset {
            let shifted =
              product + frame.alongOffset[first] + frame.alongOffset[second] + frame.offsetSquare
            offsetOrthogonalSquares +=
              shifted * offsetInverseScale * (shifted * offsetInverseScale)
            if frame.offsetInverseNorms[first] > 0, frame.offsetInverseNorms[second] > 0 {
              row.offsetCosines.append(
                shifted * frame.offsetInverseNorms[first] * frame.offsetInverseNorms[second])
            }
          }
          if work.findsNeighbours {
            let otherSquare = frame.squares[second]
            var distance = square + otherSquare - 2 * product
            if distance < PairStatistics.nearShare * (square + otherSquare) {
              distance = crowkernels_squared_distance(
                work.row(first), work.row(second), work.columns)
            }
            statistics.note(distance, between: first, and: second)
          }
          guard frame.inverseNorms[first] > 0, frame.inverseNorms[second] > 0 else { continue }
          let cosine = product * frame.inverseNorms[first] * frame.inverseNorms[second]
          row.cosines.append(cosine)
          let deviation = abs(cosine - simplexCosine)
          row.deviations.append(deviation)
          statistics.largestDeviation = max(statistics.largestDeviation, deviation)
          var gap = 2 - 2 * cosine
          if gap < PairStatistics.nearShare {
            gap = PairStatistics.directionGap(
              work.row(first), frame.inverseNorms[first], work.row(second),
              frame.inverseNorms[second], count: work.columns)
          }
          guard gap > 0 else {
            statistics.hasEqualDirections = true
            row.distances.append(0)
            continue
          }
          let distance = gap.squareRoot()
          row.distances.append(distance)
          row.inverseDistances.append(1 / distance)
          row.logEnergies.append(-0.5 * log(gap))
        }
        statistics.add(row)
      }
    }
  }

  /// The values of one row of a tile.
  private struct Row {
    var products: [Double] = []
    var offsetCosines: [Double] = []
    var cosines: [Double] = []
    var deviations: [Double] = []
    var distances: [Double] = []
    var inverseDistances: [Double] = []
    var logEnergies: [Double] = []

    init(capacity: Int) {
      for list in [
        \Row.products, \.offsetCosines, \.cosines, \.deviations, \.distances, \.inverseDistances,
        \.logEnergies,
      ] { self[keyPath: list].reserveCapacity(capacity) }
    }

    mutating func removeAll() {
      products.removeAll(keepingCapacity: true)
      offsetCosines.removeAll(keepingCapacity: true)
      cosines.removeAll(keepingCapacity: true)
      deviations.removeAll(keepingCapacity: true)
      distances.removeAll(keepingCapacity: true)
      inverseDistances.removeAll(keepingCapacity: true)
      logEnergies.removeAll(keepingCapacity: true)
    }
  }

  private init() {}

  private mutating func add(_ row: Row) {
    products.merge(Moments(row.products))
    offsetCosines.merge(Moments(row.offsetCosines))
    cosines.merge(Moments(row.cosines))
    deviations.merge(Moments(row.deviations))
    distances.merge(Moments(row.distances))
    inverseDistances.merge(Moments(row.inverseDistances))
    logEnergies.merge(Moments(row.logEnergies))
  }

  private mutating func note(_ square: Double, between first: Int, and second: Int) {
    let inverse = 1 / square
    for index in [first, second] {
      nearestSquares[index] = min(nearestSquares[index], square)
      inverseSquares[index] += inverse
      inverseFourths[index] += inverse * inverse
    }
  }

  private mutating func merge(_ other: PairStatistics) {
    cosines.merge(other.cosines)
    deviations.merge(other.deviations)
    largestDeviation = max(largestDeviation, other.largestDeviation)
    distances.merge(other.distances)
    inverseDistances.merge(other.inverseDistances)
    logEnergies.merge(other.logEnergies)
    hasEqualDirections = hasEqualDirections || other.hasEqualDirections
    products.merge(other.products)
    offsetCosines.merge(other.offsetCosines)
    for index in nearestSquares.indices {
      nearestSquares[index] = min(nearestSquares[index], other.nearestSquares[index])
      inverseSquares[index] += other.inverseSquares[index]
      inverseFourths[index] += other.inverseFourths[index]
    }
  }

  /// ‖x/‖x‖ − x'/‖x'‖‖² from the differences.
  private static func directionGap(
    _ a: UnsafePointer<Double>, _ aScale: Double, _ b: UnsafePointer<Double>, _ bScale: Double,
    count: Int
  ) -> Double {
    var sum = 0.0
    for index in 0..<count {
      let difference = a[index] * aScale - b[index] * bScale
      sum += difference * difference
    }
    return sum
  }
}
