import CollapseCore
import Networks

/// max(x, 0); its second derivative is zero wherever it has one.
final class RectifierLayer: PiecewiseLinearLayer {
  private var isPositive: [Bool] = []

  func forward(_ x: Rows, _ pass: Pass) -> Rows {
    isPositive = [Bool](unsafeUninitializedCapacity: x.count) { mask, count in
      for index in 0..<x.count { mask.initializeElement(at: index, to: x.base[index] > 0) }
      count = x.count
    }
    return derivative(x)
  }

  func derivative(_ tangent: Rows) -> Rows {
    let base = tangent.base
    isPositive.withUnsafeBufferPointer { mask in
      for index in 0..<mask.count { base[index] = mask[index] ? base[index] : 0 }
    }
    return tangent
  }

  func transposedDerivative(_ cotangent: Rows) -> Rows { derivative(cotangent) }
}

/// What gives its input: dropout, which is not drawn here.
final class IdentityLayer: PiecewiseLinearLayer {
  func forward(_ x: Rows, _ pass: Pass) -> Rows { x }
  func derivative(_ tangent: Rows) -> Rows { tangent }
  func transposedDerivative(_ cotangent: Rows) -> Rows { cotangent }
}

/// Maps become vectors, a channel after another.
final class FlatteningLayer: PiecewiseLinearLayer {
  private let channels: Int
  private let pixels: Int

  init(_ map: Shape) {
    channels = map[0]
    pixels = map.elementCount / map[0]
  }

  func forward(_ x: Rows, _ pass: Pass) -> Rows { derivative(x) }

  func derivative(_ tangent: Rows) -> Rows {
    let result = Rows(tangent.rows / pixels, channels * pixels)
    exchange(tangent.base, result.base, samples: result.rows, rows: pixels, columns: channels)
    return result
  }

  func transposedDerivative(_ cotangent: Rows) -> Rows {
    let result = Rows(cotangent.rows * pixels, channels)
    exchange(
      cotangent.base, result.base, samples: cotangent.rows, rows: channels, columns: pixels)
    return result
  }

  private func exchange(
    _ source: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>, samples: Int,
    rows: Int, columns: Int
  ) {
    for sample in 0..<samples {
      let (from, to) = (source + sample * rows * columns, target + sample * rows * columns)
      for row in 0..<rows {
        for column in 0..<columns { to[column * rows + row] = from[row * columns + column] }
      }
    }
  }
}
