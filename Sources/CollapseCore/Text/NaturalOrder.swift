/// The order of class folders, image files and batch files: the same in every locale.
///
/// Runs of ASCII digits compare by value, everything else byte by byte as UTF-8; names that
/// differ only in leading zeros compare byte by byte. So `2` < `10`, `img2.png` < `img10.png`,
/// `Z` < `a`.
public enum NaturalOrder {
  /// Whether `a` comes before `b`; false where the names are equal.
  public static func precedes(_ a: String, _ b: String) -> Bool {
    compare(Array(a.utf8), Array(b.utf8)) < 0
  }

  /// Negative where `a` comes first, 0 where the names are equal.
  public static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
    a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { compare(a, $0) } }
  }

  private static func compare(
    _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>
  ) -> Int {
    var i = 0
    var j = 0
    while i < a.count, j < b.count {
      if isDigit(a[i]), isDigit(b[j]) {
        let first = digits(a, &i)
        let second = digits(b, &j)
        if first.count != second.count { return first.count - second.count }
        for offset in 0..<first.count {
          let (x, y) = (a[first.lowerBound + offset], b[second.lowerBound + offset])
          if x != y { return Int(x) - Int(y) }
        }
      } else if a[i] != b[j] {
        return Int(a[i]) - Int(b[j])
      } else {
        i += 1
        j += 1
      }
    }
    if i < a.count || j < b.count { return (a.count - i) - (b.count - j) }
    return a.lexicographicallyPrecedes(b) ? -1 : a.elementsEqual(b) ? 0 : 1
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// Where the run of digits at `position` is, without its leading zeros, moving past it.
  private static func digits(
    _ name: UnsafeBufferPointer<UInt8>, _ position: inout Int
  ) -> Range<Int> {
    var start = position
    while position < name.count, isDigit(name[position]) { position += 1 }
    while start < position, name[start] == 0x30 { start += 1 }
    return start..<position
  }
}

extension Sequence<String> {
  /// The names in natural order.
  public func inNaturalOrder() -> [String] {
    map { ($0, Array($0.utf8)) }.sorted { NaturalOrder.compare($0.1, $1.1) < 0 }.map(\.0)
  }
}
