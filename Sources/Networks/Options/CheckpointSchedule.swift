public import CollapseCore

/// When a checkpoint is kept. One after the last epoch always is.
public struct CheckpointSchedule: Sendable, Hashable {
  /// After which epochs.
  public var after: EpochSchedule
  /// After these steps, counted from the beginning of the training; 0 is before the first.
  public var steps: [Int]?
  /// After the first step that ends so many minutes after the one before: which step that is hangs on
  /// the machine. Counted anew from where a training goes on.
  public var everyMinutes: Double?

  /// Checkpoints by all rules; without one, after the last epoch alone.
  public init(
    everyEpochs: Int? = nil, logarithmic: Int? = nil, epochs: [Int]? = nil, steps: [Int]? = nil,
    everyMinutes: Double? = nil
  ) {
    after = EpochSchedule(everyEpochs: everyEpochs, logarithmic: logarithmic, epochs: epochs)
    self.steps = steps
    self.everyMinutes = everyMinutes
  }

  /// Whether one is due when `epoch` (counted from 1) of `epochs` and so many steps are done.
  public func isDue(after epoch: Int, of epochs: Int, steps: Int) -> Bool {
    after.isDue(after: epoch, of: epochs) || isDue(afterStep: steps)
  }

  /// Whether one is due after so many steps, wherever epochs end.
  public func isDue(afterStep count: Int) -> Bool { steps?.contains(count) ?? false }

  /// How many are kept of a training of `epochs` epochs, at most, without those by the clock.
  package func count(of epochs: Int) -> Int {
    after.count(of: epochs) + Set(steps ?? []).count
  }

  /// Refuses steps that a training does not come to.
  ///
  /// - Throws: ``NetworkError`` of kind `usage` that names the step and the last.
  package func check(stepsPerEpoch: Int, epochs: Int) throws(NetworkError) {
    let (last, isBeyond) = stepsPerEpoch.multipliedReportingOverflow(by: epochs)
    guard !isBeyond, let step = steps?.max(), step > last else { return }
    throw NetworkError(
      kind: .usage, operation: "keep a checkpoint after step \(step)",
      reason: "the training has \(last), \(stepsPerEpoch) in each of its epochs: see "
        + "'training.checkpoints.steps'")
  }
}

extension CheckpointSchedule: Configurable {
  public static var standard: CheckpointSchedule { CheckpointSchedule() }

  /// What the rules of epochs are called on a command line.
  private static let flags = [
    "everyEpochs": CommandLineFlag("checkpoint-every", valueName: "epochs"),
    "logarithmic": CommandLineFlag("checkpoints", valueName: "n"),
    "epochs": CommandLineFlag("checkpoint-epochs", valueName: "n,n,…"),
  ]

  public static var fields: [Field<CheckpointSchedule>] {
    EpochSchedule.fields.map { field in
      let lifted = field.lifted(to: \CheckpointSchedule.after)
      return flags[field.name].map(lifted.given) ?? lifted
    } + [
      Field(
        "steps", \.steps,
        "After these steps, counted from the beginning; 0 is before the first. The stage curvature "
          + "takes them too.",
        range: .notNegative, flag: CommandLineFlag("checkpoint-steps", valueName: "n,n,…"),
        absence: "no such rule"),
      Field(
        "everyMinutes", \.everyMinutes,
        "After the first step that ends so many minutes after the last one kept so: the machine "
          + "decides which.",
        range: .positive, flag: CommandLineFlag("checkpoint-minutes", valueName: "minutes"),
        absence: "no such rule"),
    ]
  }
}
