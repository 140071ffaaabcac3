import LibC

extension GlyphStroke {
  /// The stroke as a chain of straight pieces, after `map` has moved its points.
  ///
  /// Curves are Catmull–Rom splines, which go through their points; the points are moved before
  /// the curve is drawn, so it stays smooth.
  func flattened(_ map: (PlanePoint) -> PlanePoint) -> [PlanePoint] {
    switch self {
    case .line(let points): points.map(map)
    case .curve(let points): Self.spline(points.map(map), closed: false)
    case .loop(let points): Self.spline(points.map(map), closed: true)
    }
  }

  private static let piecesPerSpan = 6

  private static func spline(_ points: [PlanePoint], closed: Bool) -> [PlanePoint] {
    let count = points.count
    func point(_ index: Int) -> PlanePoint {
      closed ? points[(index + count) % count] : points[min(max(index, 0), count - 1)]
    }
    var chain = [points[0]]
    for span in 0..<(closed ? count : count - 1) {
      let (a, b, c, d) = (point(span - 1), point(span), point(span + 1), point(span + 2))
      for piece in 1...piecesPerSpan {
        let t = Double(piece) / Double(piecesPerSpan)
        chain.append(
          PlanePoint(
            cubic(a.x, b.x, c.x, d.x, at: t), cubic(a.y, b.y, c.y, d.y, at: t)))
      }
    }
    return chain
  }

  private static func cubic(
    _ a: Double, _ b: Double, _ c: Double, _ d: Double, at t: Double
  ) -> Double {
    let linear = c - a
    let square = 2 * a - 5 * b + 4 * c - d
    let cube = 3 * (b - c) + d - a
    return b + 0.5 * t * (linear + t * (square + t * cube))
  }
}

/// Draws chains of line segments with a round pen.
struct GlyphRaster: Sendable {
  let width: Int
  let height: Int
  /// Squared distance of each pixel's centre to the nearest segment drawn so far.
  private var squares: [Double]

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    squares = Array(repeating: .infinity, count: width * height)
  }

  /// Adds the segments of a chain, in pixels; pixel (0, 0) has its centre at (0.5, 0.5).
  mutating func add(_ chain: [PlanePoint]) {
    for (start, end) in zip(chain, chain.dropFirst()) {
      let (dx, dy) = (end.x - start.x, end.y - start.y)
      let length = max(dx * dx + dy * dy, .leastNormalMagnitude)
      for row in 0..<height {
        let py = Double(row) + 0.5 - start.y
        for column in 0..<width {
          let px = Double(column) + 0.5 - start.x
          let along = min(max((px * dx + py * dy) / length, 0), 1)
          let (ex, ey) = (px - along * dx, py - along * dy)
          let index = row * width + column
          squares[index] = min(squares[index], ex * ex + ey * ey)
        }
      }
    }
  }

  /// How much of each pixel the pen covers, 0...1, with an edge one pixel wide.
  func coverage(thickness: Double) -> [Double] {
    squares.map { min(max(thickness / 2 + 0.5 - $0.squareRoot(), 0), 1) }
  }
}

/// A linear map of the plane: rotation, shear and scale.
struct PlaneMap: Sendable {
  private let xx, xy, yx, yy: Double

  /// Scales, then shears x by y, then rotates by `degrees`, clockwise on the screen.
  init(scaleX: Double, scaleY: Double, shear: Double, degrees: Double) {
    let (sine, cosine) = (sin(degrees * .pi / 180), cos(degrees * .pi / 180))
    xx = cosine * scaleX
    xy = (cosine * shear - sine) * scaleY
    yx = sine * scaleX
    yy = (sine * shear + cosine) * scaleY
  }

  func callAsFunction(_ point: PlanePoint) -> PlanePoint {
    PlanePoint(xx * point.x + xy * point.y, yx * point.x + yy * point.y)
  }
}
