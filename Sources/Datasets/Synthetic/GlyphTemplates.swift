/// A point of the plane.
struct PlanePoint: Sendable, Hashable {
  var x: Double
  var y: Double

  init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// One movement of the pen.
enum GlyphStroke: Sendable {
  /// Straight from point to point.
  case line([PlanePoint])
  /// A smooth curve through the points.
  case curve([PlanePoint])
  /// A smooth closed curve through the points.
  case loop([PlanePoint])

  /// An ellipse, as a loop through eight of its points.
  static func ellipse(_ x: Double, _ y: Double, _ radiusX: Double, _ radiusY: Double) -> Self {
    let diagonal = 0.5.squareRoot()
    let circle = [
      (1, 0), (diagonal, diagonal), (0, 1), (-diagonal, diagonal), (-1, 0),
      (-diagonal, -diagonal), (0, -1), (diagonal, -diagonal),
    ]
    return .loop(circle.map { PlanePoint(x + radiusX * $0.0, y + radiusY * $0.1) })
  }
}

/// How the digits are written: for each digit a few forms, each a list of strokes.
///
/// The coordinates are those of a digit one unit high, y down from 0 to 1, about x = 0.5.
enum GlyphTemplates {
  static let forms: [[[GlyphStroke]]] = [
    zeros, ones, twos, threes, fours, fives, sixes, sevens, eights, nines,
  ]

  private static func line(_ points: (Double, Double)...) -> GlyphStroke {
    .line(points.map { PlanePoint($0.0, $0.1) })
  }

  private static func curve(_ points: (Double, Double)...) -> GlyphStroke {
    .curve(points.map { PlanePoint($0.0, $0.1) })
  }

  private static let zeros: [[GlyphStroke]] = [
    [.ellipse(0.5, 0.5, 0.27, 0.48)],
    [.ellipse(0.5, 0.5, 0.33, 0.44)],
  ]

  private static let ones: [[GlyphStroke]] = [
    [line((0.5, 0.02), (0.5, 0.98))],
    [line((0.34, 0.2), (0.52, 0.02), (0.52, 0.98))],
    [line((0.34, 0.2), (0.52, 0.02), (0.52, 0.98)), line((0.34, 0.98), (0.7, 0.98))],
  ]

  private static let twos: [[GlyphStroke]] = [
    [
      curve(
        (0.22, 0.26), (0.32, 0.08), (0.52, 0.02), (0.71, 0.1), (0.75, 0.3), (0.62, 0.54),
        (0.42, 0.76), (0.22, 0.97)),
      line((0.22, 0.97), (0.8, 0.97)),
    ],
    [
      curve(
        (0.24, 0.16), (0.44, 0.03), (0.66, 0.1), (0.7, 0.32), (0.56, 0.6), (0.36, 0.88),
        (0.24, 0.92), (0.2, 0.84), (0.32, 0.8), (0.54, 0.92), (0.8, 0.94))
    ],
  ]

  private static let threes: [[GlyphStroke]] = [
    [
      curve((0.24, 0.13), (0.42, 0.02), (0.63, 0.06), (0.71, 0.22), (0.63, 0.4), (0.44, 0.47)),
      curve((0.44, 0.47), (0.67, 0.54), (0.77, 0.73), (0.66, 0.92), (0.44, 0.98), (0.22, 0.88)),
    ],
    [
      line((0.24, 0.04), (0.72, 0.04), (0.46, 0.4)),
      curve((0.46, 0.4), (0.68, 0.48), (0.77, 0.68), (0.68, 0.9), (0.46, 0.98), (0.22, 0.88)),
    ],
  ]

  private static let fours: [[GlyphStroke]] = [
    [line((0.63, 0.98), (0.63, 0.02), (0.18, 0.66), (0.84, 0.66))],
    [
      line((0.28, 0.04), (0.24, 0.5), (0.76, 0.5)),
      line((0.7, 0.04), (0.68, 0.98)),
    ],
  ]

  private static let fives: [[GlyphStroke]] = [
    [
      line((0.75, 0.03), (0.32, 0.03), (0.28, 0.44)),
      curve(
        (0.28, 0.44), (0.5, 0.37), (0.7, 0.46), (0.77, 0.67), (0.67, 0.9), (0.45, 0.98),
        (0.22, 0.88)),
    ],
    [
      line((0.32, 0.08), (0.29, 0.42)),
      curve((0.29, 0.42), (0.54, 0.4), (0.74, 0.58), (0.7, 0.84), (0.5, 0.97), (0.24, 0.92)),
      line((0.32, 0.06), (0.78, 0.02)),
    ],
  ]

  private static let sixes: [[GlyphStroke]] = [
    [
      curve(
        (0.69, 0.05), (0.47, 0.16), (0.31, 0.4), (0.26, 0.68), (0.34, 0.9), (0.52, 0.98),
        (0.7, 0.9), (0.76, 0.73), (0.67, 0.56), (0.5, 0.51), (0.34, 0.59), (0.27, 0.72))
    ],
    [
      curve((0.48, 0.02), (0.34, 0.3), (0.27, 0.6), (0.3, 0.74)),
      .ellipse(0.5, 0.76, 0.22, 0.22),
    ],
  ]

  private static let sevens: [[GlyphStroke]] = [
    [line((0.2, 0.05), (0.78, 0.05), (0.42, 0.98))],
    [line((0.2, 0.05), (0.78, 0.05), (0.42, 0.98)), line((0.36, 0.5), (0.76, 0.5))],
    [curve((0.22, 0.16), (0.24, 0.06), (0.5, 0.07), (0.77, 0.05), (0.6, 0.42), (0.5, 0.98))],
  ]

  private static let eights: [[GlyphStroke]] = [
    [.ellipse(0.5, 0.26, 0.2, 0.23), .ellipse(0.5, 0.74, 0.25, 0.24)],
    [
      .loop(
        [
          (0.68, 0.12), (0.5, 0.02), (0.32, 0.12), (0.34, 0.32), (0.5, 0.46), (0.68, 0.62),
          (0.73, 0.82), (0.5, 0.98), (0.27, 0.82), (0.33, 0.62), (0.5, 0.46), (0.67, 0.32),
        ].map { PlanePoint($0.0, $0.1) })
    ],
  ]

  private static let nines: [[GlyphStroke]] = [
    [.ellipse(0.49, 0.28, 0.24, 0.25), line((0.73, 0.24), (0.69, 0.98))],
    [
      .ellipse(0.49, 0.28, 0.23, 0.25),
      curve((0.72, 0.28), (0.75, 0.56), (0.66, 0.84), (0.48, 0.97), (0.3, 0.93)),
    ],
  ]
}
