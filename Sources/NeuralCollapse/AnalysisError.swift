public import CollapseCore

/// Features, labels or options that cannot be analyzed.
public enum AnalysisError: ClassifiedError, Hashable {
  /// There is nothing to analyze.
  case noRows
  /// A shard, counted from 0, has another number of labels than of rows.
  case labelCount(shard: Int, rows: Int, labels: Int)
  /// A shard's rows have another length than those of the first shard.
  case columnCount(shard: Int, expected: Int, found: Int)
  /// A label below 0, at a row counted from 0, that is not among those left out.
  case negativeLabel(row: Int, label: Int64)
  /// A label above 2³¹ − 1: no class, but a sign of a wrong dataset or byte order.
  case absurdLabel(row: Int, label: Int64)
  /// A label that is none of the classes stated beforehand.
  case unstatedLabel(row: Int, label: Int64)
  /// There are more different labels than are taken for classes.
  case tooManyClasses(limit: Int)
  /// `count` of `total` rows hold NaN or infinite features; `rows` are the first of them.
  case nonFinite(rows: [Int], count: Int, total: Int)
  /// All rows hold NaN or infinite features and are left out.
  case nothingFinite(count: Int)
  /// All rows are left out by their labels.
  case nothingLeft(count: Int)
  /// W has `found` columns for features of length `expected`.
  case weightColumns(expected: Int, found: Int)
  /// W has fewer rows than there are classes present.
  case weightRows(classes: Int, rows: Int)
  /// No row of W belongs to a label that occurs.
  case noWeightRow(label: Int64, rows: Int)
  /// W or b holds NaN or infinity.
  case nonFiniteClassifier
  /// The rows of targets are not as many as the rows of features.
  case targetCount(rows: Int, targets: Int)
  /// W has other rows than there are numbers to predict.
  case targetWeights(targets: Int, rows: Int)
  /// `count` rows of targets hold NaN or infinity; `rows` are the first of them.
  case nonFiniteTargets(rows: [Int], count: Int)
  /// The means of ``AnalysisOptions/meansFrom`` have another length than the rows.
  case meansDimension(expected: Int, found: Int)
  /// The mean of an out-of-distribution set has another length than the rows.
  case outOfDistributionDimension(expected: Int, found: Int)
  /// A weight decay below 0, infinite or NaN.
  case weightDecay(Double)
  /// The d×d scatter of the spectrum takes more bytes than there are.
  case scatterMemory(dimension: Int, bytes: Int, available: Int)
  /// Holding all rows, for the spectrum of each class, takes more bytes than there are.
  case rowMemory(rows: Int, dimension: Int, bytes: Int, available: Int)
  /// Rows spooled by class take `bytes` in `folder`, which could not be had.
  case rowStorage(rows: Int, dimension: Int, bytes: Int, folder: String, reason: String)
  /// The sums of C classes of d features take more bytes than there are.
  case classMemory(classes: Int, dimension: Int, bytes: Int, available: Int)
  /// A pass went over another number of rows than one before it.
  case passLength(expected: Int, found: Int)
  /// A pass had other labels than one before it.
  case passLabels
  /// Rows came after the last pass, or after an error.
  case passesOver
  /// The report was asked for before the last pass had ended.
  case passesLeft

  public var kind: FailureKind {
    switch self {
    case .weightDecay, .scatterMemory, .classMemory, .rowMemory, .rowStorage: .usage
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
    case .targetCount(let rows, let targets):
      "\(rows) rows of features, but \(targets) of targets"
    case .targetWeights(let targets, let rows):
      "the weights have \(rows) rows, the targets \(targets) numbers each"
    case .nonFiniteTargets(let rows, let count):
      "\(count) rows hold NaN or infinite targets, the first at "
        + (rows.count == 1 ? "row " : "rows ") + rows.map(String.init).joined(separator: ", ")
    case .meansDimension(let expected, let found):
      "the class means to decide by have \(found) features, the rows \(expected)"
    case .outOfDistributionDimension(let expected, let found):
      "the out-of-distribution mean has \(found) features, the rows \(expected)"
    case .weightDecay(let value): "a weight decay of \(value) is no non-negative number"
    case .scatterMemory(let dimension, let bytes, let available):
      "the spectrum of \(dimension) features takes \(AnalysisError.mebibytes(bytes)) MiB, "
        + "\(available >> 20) MiB are available"
    case .rowMemory(let rows, let dimension, let bytes, let available):
      "the spectrum of a class takes all of its \(rows) rows of \(dimension) features, "
        + "\(AnalysisError.mebibytes(bytes)) MiB; \(available >> 20) MiB are available"
    case .rowStorage(let rows, let dimension, let bytes, let folder, let reason):
      "what takes the rows of each class at once spools all \(rows) of \(dimension) features, "
        + "\(AnalysisError.mebibytes(bytes)) MiB, to '\(folder)' (TMPDIR): \(reason)"
    case .classMemory(let classes, let dimension, let bytes, let available):
      "\(classes) classes of \(dimension) features take \(AnalysisError.mebibytes(bytes)) MiB, "
        + "\(available >> 20) MiB are available"
    }
  }

  private static func mebibytes(_ bytes: Int) -> Int { (bytes + (1 << 20) - 1) >> 20 }

  private static func name(_ shard: Int) -> String { shard == 0 ? "" : "shard \(shard + 1): " }
}
