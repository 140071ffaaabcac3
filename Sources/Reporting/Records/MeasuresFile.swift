public import CollapseCore
import NeuralCollapse

/// Measures as JSON, in the one form that every command writes: `collapse analyze --json` and `-o`,
/// a run's `measures.json` and a report's. `docs/measures.schema.json` describes it.
///
/// ```json
/// {"format": "collapse-measures", "version": 2,
///  "runs": [{"name": "train.h5", "facts": {"dataset": "mnist", "seed": 1}, …}],
///  "measurements": [{"run": "train.h5", "file": "train.h5", "epoch": 10, "layer": "features",
///                    "layer_index": 0, "split": "train", "report": {"measures": {…}, …}}, …]}
/// ```
/// Numbers have every digit; what is unknown or undefined is `null` or left out.
public struct MeasuresFile: Sendable {
  public static let format = "collapse-measures"
  public static let version = 2

  /// The runs with all that is known of them.
  public var report: StudyReport
  /// Of an analysis of files: what tells by the name of a run whether its file is still the one that
  /// was measured, and by which options.
  public var stamps: [String: String]

  public init(_ report: StudyReport, stamps: [String: String] = [:]) {
    self.report = report
    self.stamps = stamps
  }

  /// Whether the runs are single files, which are yet to be joined to the runs they come from.
  public var isAnalysis: Bool { !stamps.isEmpty }

  public var json: OrderedJSON {
    var members: [(key: String, value: OrderedJSON)] = [
      ("format", .string(Self.format)), ("version", .integer(Self.version)),
      ("title", .string(report.title)),
    ]
    func add(_ key: String, _ text: String?) {
      if let text, !text.isEmpty { members.append((key, .string(text))) }
    }
    add("summary", report.summary)
    add("command", report.command)
    add("configuration", report.configuration)
    if let about = report.about { members.append(("claims", .array(about.map { .string($0) }))) }
    if !report.versions.isEmpty {
      members.append(
        (
          "versions",
          .array(
            report.versions.map {
              .object([("name", .string($0.name)), ("version", .string($0.version))])
            })
        ))
    }
    members.append(("runs", .array(report.runs.map { $0.json(stamp: stamps[$0.name]) })))
    members.append(
      (
        "measurements",
        .array(report.runs.flatMap { run in run.measurements.map { $0.json(run: run.name) } })
      ))
    return .object(members)
  }
}

extension RunRecord {
  /// The run without its measurements.
  fileprivate func json(stamp: String?) -> OrderedJSON {
    var members: [(key: String, value: OrderedJSON)] = [
      ("name", .string(name)), ("facts", facts.json), ("state", .string(state.rawValue)),
      ("paths", .array(paths.map { .string($0) })),
    ]
    if let stamp { members.append(("stamp", .string(stamp))) }
    if !history.isEmpty { members.append(("history", .array(history.map(\.json)))) }
    if let projection { members.append(("projection", projection.json)) }
    return .object(members)
  }
}

extension MeasurementRecord {
  fileprivate func json(run: String) -> OrderedJSON {
    var members: [(key: String, value: OrderedJSON)] = [
      ("run", .string(run)), ("file", OrderedJSON(file)),
      ("epoch", epoch.map { .integer($0) } ?? .null), ("layer", .string(layer)),
      ("layer_index", .integer(layerIndex)), ("split", .string(split)),
    ]
    if let trainingLoss { members.append(("train_loss", .number(trainingLoss))) }
    if let trainingAccuracy { members.append(("train_accuracy", .number(trainingAccuracy))) }
    members.append(("report", report.json.without("format", "version")))
    return .object(members)
  }
}

extension OrderedJSON {
  /// A number, or `nan`, `inf` and `-inf` as text, for which JSON has no number.
  fileprivate static func any(_ value: Double) -> OrderedJSON {
    value.isFinite ? .number(value) : .string(value.shortestText)
  }
}

extension RunFacts {
  var json: OrderedJSON {
    var members: [(key: String, value: OrderedJSON)] = []
    if let dataset { members.append(("dataset", .string(dataset))) }
    if let network { members.append(("network", .string(network))) }
    if let normalization {
      members.append(
        (
          "normalization",
          .object([
            ("hidden", .string(normalization.hidden.rawValue)),
            ("last", .boolean(normalization.last)),
          ])
        ))
    }
    if let weightDecay { members.append(("weight_decay", .number(weightDecay))) }
    if let learningRate { members.append(("learning_rate", .number(learningRate))) }
    if let loss { members.append(("loss", .string(loss))) }
    if let seed {
      members.append(
        ("seed", Int(exactly: seed).map { .integer($0) } ?? .string(String(seed))))
    }
    if !options.values.isEmpty {
      let values = options.values.sorted { $0.key < $1.key }
      members.append(("options", .object(values.map { ($0.key, $0.value.json) })))
    }
    return .object(members)
  }
}

extension Condition.Value {
  fileprivate var json: OrderedJSON {
    switch self {
    case .number(let value): .number(value)
    case .word(let text): .string(text)
    case .flag(let value): .boolean(value)
    }
  }
}

extension EpochRecord {
  fileprivate var json: OrderedJSON {
    var members: [(key: String, value: OrderedJSON)] = [("epoch", .integer(epoch))]
    let values: [(CodingKeys, Double?)] = [
      (.trainingLoss, trainingLoss), (.regularizedLoss, regularizedLoss),
      (.trainingAccuracy, trainingAccuracy), (.testLoss, testLoss), (.testAccuracy, testAccuracy),
      (.learningRate, learningRate),
    ]
    for (key, value) in values {
      if let value { members.append((key.rawValue, .any(value))) }
    }
    if let testSets {
      members.append(
        (
          CodingKeys.testSets.rawValue,
          .array(
            testSets.map {
              .object([
                ("name", .string($0.name)), ("loss", .any($0.loss)),
                ("accuracy", .number($0.accuracy)),
              ])
            })
        ))
    }
    return .object(members)
  }
}

extension FeatureProjection {
  /// Each point is a list of x, y and the place of its class.
  fileprivate var json: OrderedJSON {
    .object([
      ("classes", .array(classes.map { .string($0) })),
      (
        "snapshots",
        .array(
          snapshots.map { snapshot in
            .object([
              ("epoch", .integer(snapshot.epoch)),
              (
                "points",
                .array(
                  snapshot.points.map {
                    .array([.any($0.x), .any($0.y), .integer($0.classIndex)])
                  })
              ),
            ])
          })
      ),
    ])
  }
}
