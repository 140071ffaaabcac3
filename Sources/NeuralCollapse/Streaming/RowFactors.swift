import CRowKernels

/// Vectors that every row is multiplied with, laid out once for all blocks of rows: for the
/// kernel of `CRowKernels` where the processor has it, for BLAS elsewhere.
///
/// Each product is summed in an order that depends on the depth alone: the cut into blocks changes
/// no bit of it.
struct RowFactors: Sendable {
  let count: Int
  let depth: Int
  /// Doubles from the products of one row to those of the next.
  let productStride: Int
  private let isPacked: Bool
  private let elements: AlignedBuffer

  /// - Parameter rows: the vectors, of `depth` elements each.
  init(_ rows: [ArraySlice<Double>], depth: Int) {
    count = rows.count
    self.depth = depth
    isPacked = crowkernels_multiplies()
    let plain = AlignedBuffer(rows, stride: depth)
    guard isPacked else {
      (elements, productStride) = (plain, rows.count)
      return
    }
    productStride = crowkernels_product_stride(rows.count)
    elements = AlignedBuffer(count: productStride * depth)
    crowkernels_pack(plain.base, rows.count, depth, depth, elements.base)
  }

  /// Writes the products of `rowCount` rows, `stride` apart, with every vector.
  func multiply(
    _ rows: UnsafePointer<Double>, rowCount: Int, stride: Int,
    into products: UnsafeMutablePointer<Double>
  ) {
    guard rowCount > 0, count > 0 else { return }
    if isPacked {
      crowkernels_products(rows, rowCount, stride, elements.base, count, depth, products)
    } else {
      BLAS.product(
        rows, rows: rowCount, stride: stride, elements.base, rows: count, stride: depth,
        depth: depth, into: products, stride: productStride)
    }
  }
}
