import ArgumentParser

/// What NC1 and the cosines are measured about besides the class means of the rows themselves.
enum MeansReference: String, ExpressibleByArgument, CaseIterable {
  case training
}

/// A file of out-of-distribution features, with the name its measures have: `noise=noise.h5`.
struct OutOfDistributionArgument: ExpressibleByArgument {
  let name: String?
  let path: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let isName =
      parts.count == 2 && !parts[0].isEmpty
      && parts[0].allSatisfy {
        $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
      }
    (name, path) = isName ? (String(parts[0]), String(parts[1])) : (nil, argument)
    if path.isEmpty { return nil }
  }
}

/// Labels as an argument: `0-4,7`.
struct LabelList: ExpressibleByArgument {
  let labels: Set<Int64>

  init?(argument: String) {
    var labels: Set<Int64> = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        .map { Int64($0.filter { $0 != " " }) }
      guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
        first >= 0, first <= last, last - first < 1 << 20
      else { return nil }
      labels.formUnion(first...last)
    }
    self.labels = labels
  }
}
