/// The order of class folders, image files and batch files: the same in every locale.
///
/// Runs of ASCII digits compare by value, everything else byte by byte as UTF-8; names that
/// differ only in leading zeros compare byte by byte. So `2` < `10`, `img2.png` < `img10.png`,
/// `Z` < `a`.
enum NaturalOrder {
  static func precedes(_ a: String, _ b: String) -> Bool {
    compare(Array(a.utf8), Array(b.utf8)) < 0
  }

  /// Negative where `a` comes first, 0 where the names are equal.
  static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var i = 0
    var j = 0
    while i < a.count, j < b.count {
      if isDigit(a[i]), isDigit(b[j]) {
        let first = digits(a, &i)
        let second = digits(b, &j)
        if first.count != second.count { return first.count - second.count }
        for (x, y) in zip(first, second) where x != y { return Int(x) - Int(y) }
      } else if a[i] != b[j] {
        return Int(a[i]) - Int(b[j])
      } else {
        i += 1
        j += 1
      }
    }
    if i < a.count || j < b.count { return (a.count - i) - (b.count - j) }
    return a.lexicographicallyPrecedes(b) ? -1 : a == b ? 0 : 1
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  /// The run of digits at `position` without its leading zeros, moving past it.
  private static func digits(_ name: [UInt8], _ position: inout Int) -> ArraySlice<UInt8> {
    let run = name[position...].prefix(while: isDigit)
    position = run.endIndex
    return run.drop { $0 == 0x30 }
  }
}

extension Sequence<String> {
  func inNaturalOrder() -> [String] {
    map { ($0, Array($0.utf8)) }.sorted { NaturalOrder.compare($0.1, $1.1) < 0 }.map(\.0)
  }
}
