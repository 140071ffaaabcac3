import CollapseCore
import Files

/// An array of numbers inside a file: where its bytes are and what they mean.
///
/// Nothing is read until rows are asked for. Every place an index can reach was checked to lie
/// in the bytes when the value was made.
struct NumericArray: Sendable {
  let element: ElementType
  let shape: Shape
  /// The distance between neighbours along each axis, in elements: `[d, 1]` for N×d numbers by
  /// rows, `[1, N]` in Fortran order. None is negative.
  let strides: [Int]
  /// The bytes from the first element on.
  let bytes: RandomAccessBytes

  /// - Throws: ``ArrayFault`` when the shape is no shape, or reaches past the bytes.
  init(
    _ element: ElementType, shape dimensions: [Int], strides: [Int]? = nil,
    bytes: RandomAccessBytes
  ) throws(ArrayFault) {
    guard let count = Shape.elementCount(of: dimensions) else {
      throw ArrayFault("shape \(dimensions) has a negative dimension, or too many elements")
    }
    let strides = strides ?? NumericArray.rowMajorStrides(dimensions)
    guard strides.count == dimensions.count, strides.allSatisfy({ $0 >= 0 }) else {
      throw ArrayFault("strides \(strides) do not fit shape \(dimensions)")
    }
    if count > 0 {
      var last = 0
      for (dimension, stride) in zip(dimensions, strides) {
        let (reach, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
        let (sum, sumOverflow) = last.addingReportingOverflow(reach)
        guard !overflow, !sumOverflow else {
          throw ArrayFault("strides \(strides) reach past any file")
        }
        last = sum
      }
      let available = bytes.count / element.size
      // A row repeated a billion times is small in the file and nowhere else.
      guard count <= available || last >= available else {
        throw ArrayFault(
          "shape \(Shape(dimensions)) with strides \(strides) makes \(count) elements of the "
            + "\(available) that are there: save it contiguously")
      }
      guard last < available else {
        throw ArrayFault(
          "shape \(Shape(dimensions)) with strides \(strides) reaches element \(last) of "
            + "\(element), \(available) are there")
      }
    }
    self.element = element
    self.shape = Shape(dimensions)
    self.strides = strides
    self.bytes = bytes
  }

  /// The last index fastest. The product of `dimensions` must not overflow.
  static func rowMajorStrides(_ dimensions: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(1, dimensions[axis + 1])
    }
    return strides
  }

  /// The first index fastest: Fortran order.
  static func columnMajorStrides(_ dimensions: [Int]) -> [Int] {
    Array(rowMajorStrides(dimensions.reversed()).reversed())
  }
}

/// What is wrong with an array, before the file's name is put to it.
struct ArrayFault: Error {
  let problem: String
  init(_ problem: String) { self.problem = problem }
}
