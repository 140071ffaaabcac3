import LibC

/// Bytes aligned for vector loads, zero at first, freed with their last user.
///
/// Large ones come straight from the system, which gives zeros without touching them and has them
/// back at once, and on Linux in pages of 2 MiB where it can: memory is walked in strides that
/// small pages answer slowly.
///
/// A buffer is written by one thread at a time, or by several each to a place of its own.
public final class AlignedBuffer: @unchecked Sendable {
  /// What addresses are multiples of, in bytes: the width of AVX-512 vectors.
  public static let alignment = 64
  private static let pageSize = 2 << 20

  /// Where the bytes start: a multiple of ``alignment``, good as long as the buffer is.
  public let address: UnsafeMutableRawPointer
  /// Bytes there are: those asked for, and at least ``alignment``.
  public let byteCount: Int
  /// What was mapped, where the bytes are not from the heap.
  private let mapping: UnsafeMutableRawBufferPointer?

  /// A buffer of zeros, of `byteCount` bytes and at least ``alignment``.
  public init(byteCount: Int) {
    self.byteCount = max(byteCount, AlignedBuffer.alignment)
    if let mapping = AlignedBuffer.map(self.byteCount) {
      self.mapping = mapping
      address = mapping.baseAddress!.alignedUp(toMultipleOf: AlignedBuffer.pageSize)
      #if os(Linux)
        _ = madvise(address, self.byteCount, Int32(MADV_HUGEPAGE))
      #endif
    } else {
      mapping = nil
      address = .allocate(byteCount: self.byteCount, alignment: AlignedBuffer.alignment)
      address.initializeMemory(as: UInt8.self, repeating: 0, count: self.byteCount)
    }
  }

  deinit {
    if let mapping {
      munmap(mapping.baseAddress!, mapping.count)
    } else {
      address.deallocate()
    }
  }

  /// Fresh pages for `byteCount` bytes from a multiple of the page size on; `nil` for few bytes or
  /// where the system has none.
  private static func map(_ byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    guard byteCount >= 2 * pageSize else { return nil }
    let size = byteCount + pageSize
    let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let address, address != UnsafeMutableRawPointer(bitPattern: -1) else { return nil }
    return UnsafeMutableRawBufferPointer(start: address, count: size)
  }

  /// The bytes as floats.
  public var floats: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(
      start: address.assumingMemoryBound(to: Float.self),
      count: byteCount / MemoryLayout<Float>.stride)
  }

  /// The bytes as doubles.
  public var doubles: UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(
      start: address.assumingMemoryBound(to: Double.self),
      count: byteCount / MemoryLayout<Double>.stride)
  }
}
