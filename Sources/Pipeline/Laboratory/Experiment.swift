import CollapseCore
import Reporting

/// An experiment on a paper's claims: what is solved or trained, and what it says.
///
/// A new one is one file with a conforming type and one line in ``LaboratoryExperiment/kinds``.
protocol Experiment: NamedKind {
  /// Another one whenever what is observed changes.
  static var version: String { get }
  /// The parts, done one after another.
  var parts: [ExperimentPart] { get }
  /// What the observations of all parts say.
  func conclusions(from observations: [Observation]) -> ExperimentConclusions
}

/// A part of an experiment: tasks that may be done side by side, in any order.
struct ExperimentPart: Sendable {
  /// A word, by which observations and files are named.
  let name: String
  let caption: String
  let taskCount: Int
  /// The data set that the tasks read; where it is not there the part is left out.
  let source: SampleSource?
  /// Finds what the tasks need besides this program and data; throws where it is missing, and the part
  /// is left out then.
  let prepare: @Sendable () throws -> Void
  /// Throws where the data set is there and cannot be used: that ends the experiment before it begins.
  let check: @Sendable (LoadedDataset) throws -> Void
  private let work: @Sendable (Int, LoadedDataset?, Interruption) throws -> [Observation]

  /// A task for each of `items`, without data.
  init<Item: Sendable>(
    _ name: String, _ caption: String, over items: [Item],
    preparing prepare: @escaping @Sendable () throws -> Void = {},
    observe: @escaping @Sendable (Item, Interruption) throws -> [Observation]
  ) {
    self.name = name
    self.caption = caption
    taskCount = items.count
    source = nil
    self.prepare = prepare
    check = { _ in }
    work = { try observe(items[$0], $2) }
  }

  /// A task for each of `items`, which reads the data set of `source`.
  init<Item: Sendable>(
    _ name: String, _ caption: String, over items: [Item], reading source: SampleSource,
    checking check: @escaping @Sendable (LoadedDataset) throws -> Void,
    observe: @escaping @Sendable (Item, LoadedDataset, Interruption) throws -> [Observation]
  ) {
    self.name = name
    self.caption = caption
    taskCount = items.count
    self.source = source
    prepare = {}
    self.check = check
    // Who has a source is given its data.
    work = { try observe(items[$0], $1!, $2) }
  }

  /// What is observed by one task.
  ///
  /// - Parameter data: that of ``source``, where there is one.
  func observe(
    _ task: Int, _ data: LoadedDataset?, _ interruption: Interruption
  ) throws -> [Observation] {
    try work(task, data, interruption)
  }
}

/// What an experiment says: claims with verdicts, and what shows them.
struct ExperimentConclusions {
  var facts: [(label: String, value: String)] = []
  var claims: [TestedClaim] = []
  var tables: [Table] = []
  var figures: [LaboratoryFigure] = []
  var definitions: [LaboratoryReport.Definition] = []
}

extension TestedClaim {
  /// A claim with what was found, or that there was nothing to test it on.
  init(
    _ name: String, _ paper: Paper, _ statement: String, test: String,
    checks: [PredictionCheck], of quantity: String, deviation: String, caption: String,
    remark: String = "", orElse reason: String = "no setting of it was asked for"
  ) {
    self.init(
      name: name, paper: paper, statement: statement, test: test,
      finding: checks.isEmpty
        ? nil
        : Finding(
          checks, of: quantity, deviation: deviation, name: name, caption: caption,
          remark: remark),
      reason: checks.isEmpty ? reason : nil)
  }
}

extension TestedClaim {
  /// A claim that intervals over seeds settle, or that there was nothing to test it on.
  init(
    _ name: String, _ paper: Paper, _ statement: String, test: String,
    intervals: [IntervalCheck], of quantity: String, caption: String, remark: String = "",
    orElse reason: String = "no setting of it was asked for"
  ) {
    self.init(
      name: name, paper: paper, statement: statement, test: test,
      finding: intervals.isEmpty
        ? nil
        : Finding(intervals, of: quantity, name: name, caption: caption, remark: remark),
      reason: intervals.isEmpty ? reason : nil)
  }
}

extension LaboratoryReport.Definition {
  /// What every experiment on chains speaks of.
  static let ofChains = [
    Self(
      "balance",
      "How far the penalties of the groups of parameters are from the one value they all have at a "
        + "stationary point, whatever its geometry.",
      formula: "max_g |λ_g‖θ_g‖² / T − 1|,  T = −Σ ⟨∂ℓ/∂z_i, z_i⟩"),
    Self(
      "cosine", "Between two class means, not centred: a centred orthogonal frame is a simplex.",
      formula: "⟨μ_c, μ_c'⟩ / (‖μ_c‖‖μ_c'‖)"),
    Self(
      "nc1", "Variability within classes over that between their means.",
      formula: "Σ‖h−μ_c‖² / Σ n_c‖μ_c−μ‖²"),
    Self("gradient", "The largest magnitude of the gradient's elements where a descent ended."),
  ]
}
