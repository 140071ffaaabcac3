/// A smooth function of many numbers, with its gradient.
public protocol SmoothFunction: Sendable {
  /// How many numbers it is of.
  var dimension: Int { get }

  /// The value at `point`; `gradient`, of the same count, is overwritten.
  func value(at point: [Double], gradient: inout [Double]) -> Double
}

/// Where a minimization ended.
public struct Minimum: Sendable, Hashable {
  /// Where the value is least, as far as was found.
  public var point: [Double]
  /// The value of the function at ``point``.
  public var value: Double
  /// The largest magnitude of the gradient's elements.
  public var gradientNorm: Double
  /// Steps taken.
  public var steps: Int
  /// Whether the gradient came below the tolerance; where not, the steps were used up, or no shorter
  /// step changes the value by more than rounding.
  public var isConverged: Bool

  /// What a search ended with; see the properties.
  public init(
    point: [Double], value: Double, gradientNorm: Double, steps: Int, isConverged: Bool
  ) {
    self.point = point
    self.value = value
    self.gradientNorm = gradientNorm
    self.steps = steps
    self.isConverged = isConverged
  }
}

/// Minimization by limited-memory BFGS with a line search for the strong Wolfe conditions.
///
/// Source: Nocedal & Wright, Numerical Optimization, 2006, algorithms 3.5, 3.6 and 7.5; near a
/// minimum, where values differ by rounding alone, the slopes decide (Hager & Zhang, 2005).
public struct LimitedMemoryBFGS: Sendable, Hashable {
  /// Pairs of steps and changes of the gradient that are kept.
  public var memory = 30
  /// The search ends after so many steps, converged or not.
  public var maximalSteps = 5000
  /// Of the largest magnitude of the gradient's elements.
  public var gradientTolerance = 1e-10

  /// A search that remembers `memory` steps and ends at the given limits.
  public init(memory: Int = 30, maximalSteps: Int = 5000, gradientTolerance: Double = 1e-10) {
    self.memory = memory
    self.maximalSteps = maximalSteps
    self.gradientTolerance = gradientTolerance
  }

  /// A minimum of `function` downhill of `start`.
  ///
  /// - Throws: ``WorkInterrupted`` where `interruption` is requested before the end.
  public func minimize(
    _ function: some SmoothFunction, from start: [Double], interruption: Interruption? = nil
  ) throws -> Minimum {
    precondition(start.count == function.dimension)
    var gradient = [Double](repeating: 0, count: start.count)
    var minimum = Minimum(
      point: start, value: function.value(at: start, gradient: &gradient),
      gradientNorm: gradient.largestMagnitude, steps: 0, isConverged: false)
    var pairs = CorrectionPairs(limit: memory)
    var search = LineSearch(function)
    while minimum.gradientNorm > gradientTolerance, minimum.steps < maximalSteps {
      try interruption?.check()
      var direction = pairs.direction(against: gradient)
      if dot(direction, gradient) >= 0 {
        pairs.removeAll()
        direction = gradient.map { -$0 }
      }
      let first = pairs.isEmpty ? min(1, 1 / gradient.largestMagnitude) : 1
      guard
        let step = search.step(
          from: minimum.point, value: minimum.value, gradient: gradient, along: direction,
          first: first)
      else {
        // A direction from a worn memory may point nowhere; the gradient's is tried before the end.
        guard !pairs.isEmpty else { break }
        pairs.removeAll()
        continue
      }
      pairs.append(
        step: difference(step.point, minimum.point), change: difference(step.gradient, gradient))
      gradient = step.gradient
      minimum.point = step.point
      minimum.value = step.value
      minimum.gradientNorm = gradient.largestMagnitude
      minimum.steps += 1
    }
    minimum.isConverged = minimum.gradientNorm <= gradientTolerance
    return minimum
  }
}

/// The last steps and changes of the gradient, which stand for the inverse Hessian.
private struct CorrectionPairs {
  let limit: Int
  private var steps: [[Double]] = []
  private var changes: [[Double]] = []
  private var curvatures: [Double] = []

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { steps.isEmpty }

  mutating func removeAll() {
    steps.removeAll()
    changes.removeAll()
    curvatures.removeAll()
  }

  mutating func append(step: [Double], change: [Double]) {
    let curvature = dot(step, change)
    guard curvature > 1e-300, curvature > 1e-16 * dot(change, change) else { return }
    if steps.count == limit {
      steps.removeFirst()
      changes.removeFirst()
      curvatures.removeFirst()
    }
    steps.append(step)
    changes.append(change)
    curvatures.append(curvature)
  }

  /// −(approximate inverse Hessian)·gradient, by the two loops.
  func direction(against gradient: [Double]) -> [Double] {
    var vector = gradient.map { -$0 }
    guard let last = steps.indices.last else { return vector }
    var factors = curvatures
    for index in steps.indices.reversed() {
      factors[index] = dot(steps[index], vector) / curvatures[index]
      add(-factors[index], changes[index], to: &vector)
    }
    let scale = curvatures[last] / dot(changes[last], changes[last])
    for index in vector.indices { vector[index] *= scale }
    for index in steps.indices {
      let factor = dot(changes[index], vector) / curvatures[index]
      add(factors[index] - factor, steps[index], to: &vector)
    }
    return vector
  }
}

extension [Double] {
  /// The largest magnitude of the elements; NaN where one is.
  public var largestMagnitude: Double {
    withUnsafeBufferPointer { elements in
      var largest = 0.0
      for index in 0..<elements.count {
        let magnitude = abs(elements[index])
        if !(magnitude <= largest) { largest = magnitude }
      }
      return largest
    }
  }
}

/// a·b.
func dot(_ a: [Double], _ b: [Double]) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var sum = 0.0
      for index in 0..<a.count { sum += a[index] * b[index] }
      return sum
    }
  }
}

/// b ← b + factor·a.
func add(_ factor: Double, _ a: [Double], to b: inout [Double]) {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeMutableBufferPointer { b in
      for index in 0..<a.count { b[index] += factor * a[index] }
    }
  }
}

private func difference(_ a: [Double], _ b: [Double]) -> [Double] {
  var result = a
  add(-1, b, to: &result)
  return result
}
