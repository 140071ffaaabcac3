import CollapseCore
import Datasets
import Pipeline
import Reporting
import Synchronization
import TestSupport
import Testing

/// Samples that count how many data sets there are in memory.
private struct CountedSamples: LabeledSamples {
  var points: LabeledPoints
  let presence: Presence

  var sampleShape: Shape { points.sampleShape }
  var classNames: [String] { points.classNames }
  var labels: [Int32] {
    get { points.labels }
    set { points.labels = newValue }
  }

  func selecting(_ indices: [Int]) -> CountedSamples {
    CountedSamples(points: points.selecting(indices), presence: presence)
  }

  func relabeled(_ labels: [Int32], classNames: [String]) -> CountedSamples {
    CountedSamples(points: points.relabeled(labels, classNames: classNames), presence: presence)
  }

  func copy(_ indices: some Collection<Int>, into buffer: UnsafeMutableBufferPointer<Float>) {
    points.copy(indices, into: buffer)
  }
}

/// Is there for as long as a data set is.
private final class Presence: Sendable {
  struct Count: Sendable {
    var present = 0
    var most = 0
    var read = 0
  }

  private let count: SharedCount

  init(_ count: SharedCount) {
    self.count = count
    count.value.withLock {
      $0.present += 1
      $0.read += 1
      $0.most = max($0.most, $0.present)
    }
  }

  deinit { count.value.withLock { $0.present -= 1 } }
}

private final class SharedCount: Sendable {
  let value = Mutex(Presence.Count())
}

@Suite struct DatasetPoolTests {
  private let folder = TemporaryFolder()

  private func pool(_ count: SharedCount) -> DatasetPool {
    let loader = DatasetLoader(threads: 1)
    return DatasetPool { configuration in
      let data = try loader.load(configuration)
      return TrainingData(
        name: data.name,
        train: CountedSamples(points: data.train as! LabeledPoints, presence: Presence(count)),
        test: data.test, normalization: data.normalization, record: data.record,
        sha256: data.sha256)
    }
  }

  /// Ten data sets, two runs of each, the data set changing fastest: one data set at a time is in
  /// memory, however runs go on side by side. One after another, each is read twice: for the plan and
  /// for its runs. Side by side, runs of two data sets may take turns, at worst before each of the
  /// two stages that read samples.
  @Test(arguments: [(jobs: 1, mostReads: 20), (jobs: 2, mostReads: 50)])
  func aGridOverTenDataSetsNeverHoldsTwo(jobs: Int, mostReads: Int) throws {
    let count = SharedCount()
    let pipeline = try PipelineFile(
      yaml: """
        name: ten
        dataset:
          synthetic: { kind: gaussian-mixture, classCount: 3, dimension: 4, trainPerClass: 10,
            testPerClass: 4 }
        network: { kind: mlp, widths: [4] }
        training: { epochs: 2, batchSize: 8 }
        grid:
          training.seed: [0, 1]
          dataset.synthetic.seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        """, file: "ten.yaml")
    let runner = PipelineRunner(
      pipeline: pipeline, runsFolder: folder("runs"), data: pool(count), jobs: jobs,
      algorithmCache: nil, stages: [.train, .extract, .analyze])
    #expect(runner.plan().runs.map(\.number) == Array(1...20))
    let outcome = try runner.run()
    #expect(outcome.failures.isEmpty)
    #expect(outcome.report.runs.count == 20)
    let found = count.value.withLock { $0 }
    #expect(found.most == 1)
    #expect(found.read <= mostReads)
  }

  /// A data set that cannot be read is known as such, and asked for once.
  @Test func whatCannotBeReadIsNotReadAgain() throws {
    let reads = Counter()
    let pool = DatasetPool { _ in
      _ = reads.next()
      throw DatasetError(file: "gone", problem: "it is not there", kind: .missingInput)
    }
    let configuration = DatasetConfiguration(train: SampleSource(path: "gone"))
    for _ in 0..<3 {
      #expect(throws: DatasetError.self) { try pool.facts(of: configuration) }
    }
    #expect(reads.value == 1)
  }
}
