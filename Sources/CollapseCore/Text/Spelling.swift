/// The known word nearest to a mistyped one.
public enum Spelling {
  /// The candidate nearest to `word` when it is near enough to be a slip of the finger.
  public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(1, word.count / 3)
    return
      candidates
      .map { (distance: distance(word.lowercased(), $0.lowercased()), candidate: $0) }
      .filter { $0.distance <= limit }
      .min { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }?
      .candidate
  }

  /// Edit distance of Damerau and Levenshtein (neighbours swapped count as one edit).
  public static func distance(_ first: String, _ second: String) -> Int {
    let a = Array(first)
    let b = Array(second)
    var rows = [Array(0...b.count)]
    for i in a.indices.map({ $0 + 1 }) {
      var row = [i]
      for j in b.indices.map({ $0 + 1 }) {
        var best = min(
          row[j - 1] + 1, rows[i - 1][j] + 1, rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, rows[i - 2][j - 2] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
