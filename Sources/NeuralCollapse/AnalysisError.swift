public import CollapseCore

/// Features, labels or options that cannot be analyzed.
public enum AnalysisError: ClassifiedError, Hashable {
  case noRows
  case labelCount(shard: Int, rows: Int, labels: Int)
  case columnCount(shard: Int, expected: Int, found: Int)
  case negativeLabel(row: Int, label: Int64)
  case absurdLabel(row: Int, label: Int64)
  case unstatedLabel(row: Int, label: Int64)
  case tooManyClasses(limit: Int)
  case nonFinite(rows: [Int], count: Int, total: Int)
  case nothingFinite(count: Int)
  case nothingLeft(count: Int)
  case weightColumns(expected: Int, found: Int)
  case weightRows(classes: Int, rows: Int)
  case noWeightRow(label: Int64, rows: Int)
  case nonFiniteClassifier
  case meansDimension(expected: Int, found: Int)
  case outOfDistributionDimension(expected: Int, found: Int)
  case weightDecay(Double)
  case scatterMemory(dimension: Int, bytes: Int, available: Int)
  case rowMemory(rows: Int, dimension: Int, bytes: Int, available: Int)
  case classMemory(classes: Int, dimension: Int, bytes: Int, available: Int)
  case passLength(expected: Int, found: Int)
  case passLabels
  case passesOver
  case passesLeft

  public var kind: FailureKind {
    switch self {
    case .weightDecay, .scatterMemory, .classMemory, .rowMemory: .usage
    case .passesOver, .passesLeft: .usage
    default: .badInput
    }
  }

  public var description: String {
    switch self {
    case .noRows: "no rows of features"
    case .labelCount(let shard, let rows, let labels):
      "\(AnalysisError.name(shard))\(rows) rows of features, but \(labels) labels"
    case .columnCount(let shard, let expected, let found):
      "\(AnalysisError.name(shard))expected \(expected) features per row as in the first, "
        + "found \(found)"
    case .negativeLabel(let row, let label): "row \(row): negative label \(label)"
    case .absurdLabel(let row, let label):
      "row \(row): label \(label) is above the largest that is taken for a class, "
        + "\(LabelIndex.largestLabel)"
    case .unstatedLabel(let row, let label):
      "row \(row): label \(label) is none of the classes that were stated"
    case .tooManyClasses(let limit):
      "more than \(limit) different labels: these are no classes"
    case .nonFinite(let rows, let count, let total):
      "\(count) of \(total) rows hold NaN or infinite features, the first at "
        + (rows.count == 1 ? "row " : "rows ") + rows.map(String.init).joined(separator: ", ")
    case .passLength(let expected, let found):
      "the passes are not over the same rows: \(expected) in an earlier one, \(found) in this one"
    case .passLabels:
      "the passes are not over the same rows: this one had other labels than an earlier one"
    case .passesOver: "rows were handed over after the last pass, or after an error"
    case .passesLeft: "there is no report before the last pass has ended"
    case .nothingFinite(let count): "all \(count) rows hold NaN or infinite features"
    case .nothingLeft(let count): "all \(count) rows are left out by their labels"
    case .weightColumns(let expected, let found):
      "the classifier's weights have \(found) columns, the features \(expected)"
    case .weightRows(let classes, let rows):
      "the classifier's weights have \(rows) rows, fewer than the \(classes) classes present"
    case .noWeightRow(let label, let rows):
      "label \(label) has no row among the classifier's \(rows)"
    case .nonFiniteClassifier: "the classifier holds NaN or infinite weights"
    case .meansDimension(let expected, let found):
      "the class means to decide by have \(found) features, the rows \(expected)"
    case .outOfDistributionDimension(let expected, let found):
      "the out-of-distribution mean has \(found) features, the rows \(expected)"
    case .weightDecay(let value): "a weight decay of \(value) is no non-negative number"
    case .scatterMemory(let dimension, let bytes, let available):
      "the spectrum of \(dimension) features takes \(AnalysisError.mebibytes(bytes)) MiB, "
        + "\(available >> 20) MiB are available"
    case .rowMemory(let rows, let dimension, let bytes, let available):
      "the spectrum of each class takes all \(rows) rows of \(dimension) features, "
        + "\(AnalysisError.mebibytes(bytes)) MiB; \(available >> 20) MiB are available"
    case .classMemory(let classes, let dimension, let bytes, let available):
      "\(classes) classes of \(dimension) features take \(AnalysisError.mebibytes(bytes)) MiB, "
        + "\(available >> 20) MiB are available"
    }
  }

  private static func mebibytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }

  private static func name(_ shard: Int) -> String { shard == 0 ? "" : "shard \(shard + 1): " }
}
