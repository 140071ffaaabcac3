/// How the bytes of a row are stored: as what is left of them beyond a prediction (section 9 of
/// the PNG specification), modulo 256.
///
/// The prediction is made from the byte of the pixel to the left, the one above, and the one above
/// that to the left; those outside the image are 0.
enum PNGFilter: UInt8 {
  case none, sub, up, average, paeth

  /// Restores `row` in place.
  ///
  /// - Parameter above: the restored row above, zeros for the first.
  /// - Parameter step: bytes per pixel.
  /// - Precondition: 1 to 4, 6 or 8 bytes per pixel, and a pixel at least.
  func restore(
    _ row: UnsafeMutablePointer<UInt8>, above: UnsafePointer<UInt8>, count: Int, step: Int
  ) {
    // Constants, for the compiler to make a loop of each.
    switch step {
    case 1: restore(row, above, count, by: 1)
    case 2: restore(row, above, count, by: 2)
    case 3: restore(row, above, count, by: 3)
    case 4: restore(row, above, count, by: 4)
    case 6: restore(row, above, count, by: 6)
    case 8: restore(row, above, count, by: 8)
    default: preconditionFailure("\(step) bytes per pixel")
    }
  }

  @inline(__always)
  private func restore(
    _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ count: Int, by step: Int
  ) {
    switch self {
    case .none: break
    case .sub: for byte in step..<count { row[byte] &+= row[byte - step] }
    case .up: for byte in 0..<count { row[byte] &+= above[byte] }
    case .average:
      for byte in 0..<step { row[byte] &+= above[byte] / 2 }
      for byte in step..<count {
        row[byte] &+= UInt8((UInt16(row[byte - step]) &+ UInt16(above[byte])) / 2)
      }
    case .paeth where step == 3 || step == 4: Self.restorePaeth(row, above, count, by: step)
    case .paeth:
      // With nothing to the left, the prediction is the byte above.
      for byte in 0..<step { row[byte] &+= above[byte] }
      for byte in step..<count {
        row[byte] &+= Self.paeth(row[byte - step], above[byte], above[byte - step])
      }
    }
  }

  /// The three or four samples of a pixel at once.
  @inline(__always)
  private static func restorePaeth(
    _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafePointer<UInt8>, _ count: Int, by step: Int
  ) {
    func samples(_ pixel: UnsafePointer<UInt8>) -> SIMD4<Int16> {
      SIMD4(Int16(pixel[0]), Int16(pixel[1]), Int16(pixel[2]), step == 4 ? Int16(pixel[3]) : 0)
    }
    func magnitude(_ values: SIMD4<Int16>) -> SIMD4<Int16> {
      pointwiseMax(values, 0 &- values)
    }
    var left = SIMD4<Int16>.zero
    var corner = SIMD4<Int16>.zero
    var byte = 0
    while byte < count {
      let up = samples(above + byte)
      let (fromLeft, fromUp) = (up &- corner, left &- corner)
      let (a, b) = (magnitude(fromLeft), magnitude(fromUp))
      let least = pointwiseMin(pointwiseMin(a, b), magnitude(fromLeft &+ fromUp))
      let nearest = corner.replacing(with: up, where: b .== least)
        .replacing(with: left, where: a .== least)
      left = (samples(row + byte) &+ nearest) & 255
      for sample in 0..<step { row[byte + sample] = UInt8(truncatingIfNeeded: left[sample]) }
      corner = up
      byte += step
    }
  }

  /// Whichever of the three is nearest to left + up − corner; of equally near ones, the first.
  @inline(__always)
  private static func paeth(_ left: UInt8, _ up: UInt8, _ corner: UInt8) -> UInt8 {
    let fromLeft = Int(up) &- Int(corner)
    let fromUp = Int(left) &- Int(corner)
    let (a, b, c) = (abs(fromLeft), abs(fromUp), abs(fromLeft &+ fromUp))
    return a <= b && a <= c ? left : b <= c ? up : corner
  }
}
