public import CollapseCore

/// Rows of doubles in an aligned buffer, as the kernels read and write them.
extension AlignedBuffer {
  public convenience init(count: Int) {
    self.init(byteCount: count * MemoryLayout<Double>.stride)
  }

  /// Rows of `stride` doubles, the elements beyond the row's own zero.
  public convenience init(_ rows: [ArraySlice<Double>], stride: Int) {
    self.init(count: rows.count * stride)
    for (index, row) in rows.enumerated() {
      row.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        (base + index * stride).update(from: start, count: source.count)
      }
    }
  }

  public var base: UnsafeMutablePointer<Double> { address.assumingMemoryBound(to: Double.self) }

  /// How many doubles fit.
  public var count: Int { byteCount / MemoryLayout<Double>.stride }

  public func removeAll() { base.update(repeating: 0, count: count) }

  /// All doubles.
  public var elements: [Double] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Takes over as many numbers as fit.
  public func assign(_ elements: [Double]) {
    for (index, element) in elements.prefix(count).enumerated() { base[index] = element }
  }

  /// - Precondition: `other` is as large.
  public func add(_ other: AlignedBuffer) {
    let (own, others) = (base, other.base)
    for index in 0..<count { own[index] += others[index] }
  }

  /// The rows without their padding.
  public func elements(rows: Int, columns: Int, stride: Int) -> [Double] {
    Array(unsafeUninitializedCapacity: rows * columns) { target, count in
      for row in 0..<rows where columns > 0 {
        (target.baseAddress! + row * columns).initialize(from: base + row * stride, count: columns)
      }
      count = rows * columns
    }
  }
}

/// `columns` rounded up to whole vectors of eight.
public func paddedStride(_ columns: Int) -> Int { (columns + 7) & ~7 }
