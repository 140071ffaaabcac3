import CollapseCore

/// Where arrays lie in one buffer, so that those that are needed at the same time lie side by side, and
/// others in the same bytes.
///
/// The largest array is placed first. Each comes into the smallest gap that is large enough between those
/// that are needed while it is, or behind the last of them: of a chain of layers that takes what the two
/// largest neighbours do.
package struct Packing {
  /// An array, and the steps during which it is needed.
  package struct Life {
    /// The step that writes it first.
    package var first: Int
    /// The step that reads it last.
    package var last: Int
    package let byteCount: Int

    package init(first: Int, last: Int, byteCount: Int) {
      (self.first, self.last, self.byteCount) = (first, last, byteCount)
    }

    /// The same array, needed at all times.
    var withoutEnd: Life { Life(first: 0, last: .max, byteCount: byteCount) }

    fileprivate func meets(_ other: Life) -> Bool { first <= other.last && other.first <= last }
  }

  /// Where each array begins, in the order they were given: multiples of ``AlignedBuffer/alignment``.
  package let offsets: [Int]
  /// Bytes of the buffer.
  package let byteCount: Int

  package init(_ lives: [Life]) {
    let alignment = AlignedBuffer.alignment
    let sizes = lives.map { ($0.byteCount + alignment - 1) / alignment * alignment }
    var offsets = Array(repeating: 0, count: lives.count)
    // by their offsets
    var placed: [Int] = []
    var byteCount = 0
    let order = lives.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    for index in order {
      var end = 0
      var best: (offset: Int, gap: Int)?
      for other in placed where lives[other].meets(lives[index]) {
        let gap = offsets[other] - end
        if gap >= sizes[index], gap < best?.gap ?? .max { best = (end, gap) }
        end = max(end, offsets[other] + sizes[other])
      }
      offsets[index] = best?.offset ?? end
      byteCount = max(byteCount, offsets[index] + sizes[index])
      let place = placed.firstIndex { offsets[$0] > offsets[index] } ?? placed.endIndex
      placed.insert(index, at: place)
    }
    (self.offsets, self.byteCount) = (offsets, byteCount)
  }
}
