import CollapseCore
import LinearAlgebra

/// The space that some vectors span above rounding.
enum Span {
  /// All of it: nothing lies outside.
  case everything(dimension: Int)
  /// That of orthonormal rows.
  case of(Matrix)

  /// The span of the rows.
  init(of rows: Matrix) throws { try self.init(rows, about: rows, isCentred: false) }

  /// The span of the differences of the rows from their mean.
  init(ofCentred rows: Matrix) throws {
    try self.init(rows.subtractingFromRows(rows.meanRow), about: rows, isCentred: true)
  }

  init(_ between: BetweenDirections, dimension: Int) throws {
    self =
      between.rank == dimension
      ? .everything(dimension: dimension) : .of(try between.directions())
  }

  private init(_ vectors: Matrix, about rows: Matrix, isCentred: Bool) throws {
    // More vectors than dimensions most often span all of it, which R tells without a decomposition:
    // σ_min ≥ 1/‖R⁻¹‖_F. The factor 2 is for the rounding of that.
    if vectors.rows - (isCentred ? 1 : 0) >= vectors.columns,
      try 1 / vectors.triangularFactor().inverseNormOfTriangle()
        > 2 * BetweenDirections.tolerance(of: rows)
    {
      self = .everything(dimension: vectors.columns)
    } else {
      let directions = try BetweenDirections(
        means: rows, centredMeans: vectors, weights: Array(repeating: 1, count: vectors.rows),
        isCentred: isCentred)
      self = try .init(directions, dimension: vectors.columns)
    }
  }

  var rank: Int {
    switch self {
    case .everything(let dimension): dimension
    case .of(let directions): directions.rows
    }
  }

  /// ‖X − XP‖_F for the projector P onto this space.
  func residual(of rows: Matrix) throws -> Double {
    switch self {
    case .everything: 0
    case .of(let directions): try rows.residual(outside: directions)
    }
  }

  /// ‖P' − P'P‖_F for the projector P' onto another space: the root of what the squared cosines of
  /// the principal angles lack of its rank.
  func residual(of other: Span) throws -> Double {
    switch (self, other) {
    case (.everything, _): 0
    case (.of(let directions), .everything(let dimension)):
      Double(dimension - directions.rows).squareRoot()
    case (.of, .of(let directions)): try residual(of: directions)
    }
  }
}

extension Matrix {
  /// ‖X − X VᵀV‖_F for orthonormal rows V.
  fileprivate func residual(outside directions: Matrix) throws -> Double {
    let columnsOf = directions.transposed
    var squares = 0.0
    // Some rows at a time: nothing of the size of all is made.
    for start in stride(from: 0, to: rows, by: 1024) {
      let part = selectingRows(Array(start..<min(start + 1024, rows)))
      let inside = try part.timesTransposed(directions).timesTransposed(columnsOf)
      let distance = part.distance(to: inside)
      squares += distance * distance
    }
    return squares.squareRoot()
  }
}
