/// A search along a line for a step that lowers the value enough and flattens the slope.
struct LineSearch<Function: SmoothFunction> {
  /// A place along the line.
  struct Place {
    var length: Double
    var value: Double
    var slope: Double
    var point: [Double]
    var gradient: [Double]
  }

  private let function: Function
  /// The share of the first slope that the value has to fall by.
  private let decrease = 1e-4
  /// The share of the first slope that may be left.
  private let curvature = 0.9

  init(_ function: Function) { self.function = function }

  /// - Returns: `nil` where no step is found that lowers the value beyond rounding.
  mutating func step(
    from point: [Double], value: Double, gradient: [Double], along direction: [Double],
    first: Double
  ) -> Place? {
    let start = Place(
      length: 0, value: value, slope: dot(direction, gradient), point: point, gradient: gradient)
    func place(_ length: Double) -> Place {
      var there = point
      add(length, direction, to: &there)
      var slope = [Double](repeating: 0, count: point.count)
      let value = function.value(at: there, gradient: &slope)
      return Place(
        length: length, value: value, slope: dot(direction, slope), point: there, gradient: slope)
    }
    var before = start
    var length = first
    for attempt in 0..<40 {
      let here = place(length)
      if isTooHigh(here, start)
        || (attempt > 0 && here.value > before.value && !isLevel(here, start))
      {
        return narrowed(before, here, from: start, place)
      }
      if isFlat(here, start) { return here }
      if here.slope >= 0 { return narrowed(here, before, from: start, place) }
      before = here
      length *= 2
    }
    return nil
  }

  /// A step between `low`, the better end, and `high`.
  private func narrowed(
    _ low: Place, _ high: Place, from start: Place, _ place: (Double) -> Place
  ) -> Place? {
    var (low, high) = (low, high)
    for _ in 0..<60 {
      guard abs(high.length - low.length) > 1e-16 * max(high.length, low.length) else { break }
      let here = place(Self.cubicMinimum(low, high))
      if isTooHigh(here, start) || (here.value > low.value && !isLevel(here, start)) {
        high = here
      } else {
        if isFlat(here, start) { return here }
        if here.slope * (high.length - low.length) >= 0 { high = low }
        low = here
      }
    }
    return low.length > 0 && low.value < start.value ? low : nil
  }

  private func isTooHigh(_ here: Place, _ start: Place) -> Bool {
    !here.value.isFinite
      || (here.value > start.value + decrease * here.length * start.slope && !isLevel(here, start))
  }

  /// Whether the value differs from the first by no more than rounding, and the slope, which is
  /// known better there, says that the step is not too long.
  private func isLevel(_ here: Place, _ start: Place) -> Bool {
    abs(here.value - start.value) <= 4e-16 * abs(start.value)
      && here.slope <= (2 * decrease - 1) * start.slope
  }

  private func isFlat(_ here: Place, _ start: Place) -> Bool {
    abs(here.slope) <= -curvature * start.slope
  }

  /// Where the cubic through two values and slopes is least, kept off the ends by a tenth.
  private static func cubicMinimum(_ a: Place, _ b: Place) -> Double {
    let span = b.length - a.length
    let middle = a.length + span / 2
    guard a.value.isFinite, b.value.isFinite else { return a.length + span / 10 }
    let mean = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length)
    let discriminant = mean * mean - a.slope * b.slope
    guard discriminant >= 0 else { return middle }
    let root = (span > 0 ? 1.0 : -1.0) * discriminant.squareRoot()
    let share = (b.slope + root - mean) / (b.slope - a.slope + 2 * root)
    guard share.isFinite else { return middle }
    return b.length - span * min(max(share, 0.1), 0.9)
  }
}
