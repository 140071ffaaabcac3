import CProducts
import CollapseCore

/// Vectors that every row is multiplied with, laid out once for all blocks of rows: for the
/// kernel of `CProducts` where the processor has it, for BLAS elsewhere.
///
/// Each product is summed in an order that depends on the depth alone: the cut into blocks changes
/// no bit of it.
public struct RowFactors: Sendable {
  public let count: Int
  public let depth: Int
  /// Doubles from the products of one row to those of the next.
  public let productStride: Int
  /// `nil` where the vectors are packed for the kernel.
  private let products: Products?
  private let elements: AlignedBuffer

  /// - Parameter rows: the vectors, of `depth` elements each.
  /// - Throws: ``LinearAlgebraError`` where BLAS is needed and missing.
  public init(_ rows: [ArraySlice<Double>], depth: Int) throws {
    count = rows.count
    self.depth = depth
    let plain = AlignedBuffer(rows, stride: depth)
    guard cproducts_multiplies() else {
      products = try Products()
      (elements, productStride) = (plain, rows.count)
      return
    }
    products = nil
    productStride = cproducts_product_stride(rows.count)
    elements = AlignedBuffer(count: productStride * depth)
    cproducts_pack(plain.base, rows.count, depth, depth, elements.base)
  }

  /// Writes the products of `rowCount` rows, `stride` apart, with every vector.
  public func multiply(
    _ rows: UnsafePointer<Double>, rowCount: Int, stride: Int,
    into target: UnsafeMutablePointer<Double>
  ) {
    guard rowCount > 0, count > 0 else { return }
    if let products {
      products.multiply(
        rows, rows: rowCount, stride: stride, elements.base, rows: count, stride: depth,
        depth: depth, into: target, stride: productStride)
    } else {
      cproducts_products(rows, rowCount, stride, elements.base, count, depth, target)
    }
  }
}
