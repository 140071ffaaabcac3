import LibC

/// Doubles on a boundary of 64 bytes, zero at first: what the kernels of `CRowKernels` read
/// and write.
///
/// A buffer is written by one thread at a time: by the worker that owns its stripe, then by the
/// merge, which holds a lock.
final class AlignedBuffer: @unchecked Sendable {
  let count: Int
  let base: UnsafeMutablePointer<Double>
  private let byteCount: Int
  private let isMapped: Bool

  /// From this size on a buffer is mapped by itself and goes back to the system when it is freed:
  /// an allocator may keep buffers of the size of a thousand class means.
  private static let mappedSize = 8 << 20

  init(count: Int) {
    self.count = count
    byteCount = max(count, 8) * MemoryLayout<Double>.stride
    let mapped =
      byteCount < AlignedBuffer.mappedSize
      ? MAP_FAILED
      : mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    isMapped = mapped != MAP_FAILED
    // What is mapped is zero.
    base =
      if isMapped { mapped!.bindMemory(to: Double.self, capacity: max(count, 8)) } else {
        UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
          .initializeMemory(as: Double.self, repeating: 0, count: max(count, 8))
      }
  }

  deinit {
    if isMapped { munmap(base, byteCount) } else { base.deallocate() }
  }

  /// Rows of `stride` doubles, the elements beyond `columns` zero.
  convenience init(_ matrix: [ArraySlice<Double>], stride: Int) {
    self.init(count: matrix.count * stride)
    for (index, row) in matrix.enumerated() {
      for (column, value) in row.enumerated() { base[index * stride + column] = value }
    }
  }

  func removeAll() { base.update(repeating: 0, count: count) }

  func add(_ other: AlignedBuffer) {
    for index in 0..<count { base[index] += other.base[index] }
  }

  /// The rows as a matrix without their padding.
  func matrix(rows: Int, columns: Int, stride: Int) -> [Double] {
    var elements: [Double] = []
    elements.reserveCapacity(rows * columns)
    for row in 0..<rows {
      elements += UnsafeBufferPointer(start: base + row * stride, count: columns)
    }
    return elements
  }
}

/// `columns` rounded up to whole vectors of eight.
func paddedStride(_ columns: Int) -> Int { (columns + 7) & ~7 }
