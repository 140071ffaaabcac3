import CollapseCore
import Datasets

/// The data sets of a pipeline: each read when a stage needs it, one at a time in memory.
///
/// What was read last stays until another is needed. Who asks for another waits until nobody uses
/// the one there is; runs that share a data set use it side by side.
public final class DatasetPool: Sendable {
  private struct State: Sendable {
    var held: (configuration: DatasetConfiguration, data: TrainingData)?
    /// How many use what is held.
    var users = 0
    /// Whether a data set is being read.
    var isReading = false
    /// What is known of the data sets that were read, or why one cannot be.
    var facts: [DatasetConfiguration: Result<DataFacts, any Error>] = [:]
  }

  private let state = Monitor(State())
  private let read: @Sendable (DatasetConfiguration) throws -> TrainingData

  public convenience init(loader: DatasetLoader) {
    self.init { try loader.load($0) }
  }

  /// - Parameter read: how a data set is read.
  package init(_ read: @escaping @Sendable (DatasetConfiguration) throws -> TrainingData) {
    self.read = read
  }

  /// What is known of a data set without its samples; it is read once to find out.
  public func facts(of configuration: DatasetConfiguration) throws -> DataFacts {
    if let known = state.change({ $0.facts[configuration] }) { return try known.get() }
    return try with(configuration) { $0.facts }
  }

  /// Lends a data set for as long as `body` takes.
  func with<Result>(
    _ configuration: DatasetConfiguration, _ body: (TrainingData) throws -> Result
  ) throws -> Result {
    let outcome: Swift.Result<Result, any Error>
    do {
      let data = try take(configuration)
      outcome = Swift.Result { try body(data) }
    }
    // Only now is it referred to no more: whoever waits reads another.
    state.change { $0.users -= 1 }
    return try outcome.get()
  }

  private func take(_ configuration: DatasetConfiguration) throws -> TrainingData {
    let held: TrainingData? = state.wait { state -> TrainingData?? in
      if let held = state.held, held.configuration == configuration {
        state.users += 1
        return .some(held.data)
      }
      guard state.users == 0, !state.isReading else { return nil }
      state.isReading = true
      state.held = nil
      return .some(nil)
    }
    if let held { return held }
    do {
      let data = try read(configuration)
      state.change {
        $0.isReading = false
        $0.held = (configuration, data)
        $0.users = 1
        $0.facts[configuration] = .success(data.facts)
      }
      return data
    } catch {
      state.change {
        $0.isReading = false
        $0.facts[configuration] = .failure(error)
      }
      throw error
    }
  }
}
