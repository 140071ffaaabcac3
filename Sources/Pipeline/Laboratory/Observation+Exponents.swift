import LibC

extension [Observation] {
  /// The slope of log `name` over log of the number on `axis`, for each seed: the exponent of a law.
  func exponents(of name: String, by axis: String) -> [Double] {
    groups(by: "seed").map { group in
      let points = group.map { (x: log($0.number(axis)), y: log($0[name])) }
      let count = Double(points.count)
      let x = points.reduce(0) { $0 + $1.x } / count
      let y = points.reduce(0) { $0 + $1.y } / count
      let spread = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
      return points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread
    }
  }
}
