import FoundationEssentials
import Reporting
import TestSupport
import Testing

@Suite struct TensorBoardTests {
  static let writer = TensorBoardWriter(date: Date(timeIntervalSince1970: 1_700_000_000))

  /// The first record of every file: time in field 1, version in field 3, framed as a TFRecord.
  @Test func fileBeginsWithItsVersion() {
    let bytes = Self.writer.eventFile(of: RunRecord(name: "empty"))
    let message: [UInt8] =
      [0x09, 0, 0, 0, 0x40, 0xfc, 0x54, 0xd9, 0x41] + [0x1a, 13] + Array("brain.Event:2".utf8)
    #expect(bytes.prefix(8) == [24, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(bytes[12..<36]) == message)
    #expect(bytes.count == 8 + 4 + 24 + 4)
    // The masked checksum of this length, as in every event file that TensorFlow writes.
    #expect(Array(bytes[8..<12]) == [0xa3, 0x7f, 0x4b, 0x22])
  }

  @Test func valuesThatAreNotFiniteAreLeftOut() {
    var run = RunRecord(name: "diverged")
    run.history = [EpochRecord(epoch: 1, trainingLoss: .nan, trainingAccuracy: .infinity)]
    let empty = Self.writer.eventFile(of: RunRecord(name: "empty"))
    #expect(Self.writer.eventFile(of: run) == empty)
  }

  @Test func eachRunHasAFolderAndOneFile() throws {
    let folder = TemporaryFolder()
    let report = StudyReport(
      title: "", runs: [RunRecord(name: "a/b"), RunRecord(name: ".."), RunRecord(name: "c")])
    try TensorBoardWriter(date: Date(timeIntervalSince1970: 1)).write(report, to: folder("logs"))
    try Self.writer.write(report, to: folder("logs"))
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder("logs")).sorted()
    #expect(runs == ["a-b", "c", "run-.."])
    for run in runs {
      let files = try FileManager.default.contentsOfDirectory(atPath: folder("logs/\(run)"))
      #expect(files == ["events.out.tfevents.1700000000.collapse"])
    }
  }

  @Test(
    .enabled(
      if: Python.hasTensorBoard, "needs the tensorboard package, which pip could not install"))
  func tensorBoardReadsItBack() throws {
    let folder = TemporaryFolder()
    let study = SyntheticStudy(
      batchNormalizations: ["all"], weightDecays: [1e-3], seeds: [1], epochs: [0, 2, 300],
      layers: ["last"])
    let run = study.report.runs[0]
    try Self.writer.write(study.report, to: folder("logs"))
    let program = """
      import json, sys
      from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
      events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0}).Reload()
      tags = events.Tags()["scalars"]
      print(json.dumps({tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags}))
      """
    let outcome = try Subprocess.run(
      Python.interpreter!, ["-c", program, folder("logs/\(run.name)")])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let read = try JSONDecoder().decode([String: [[Double]]].self, from: Data(outcome.output.utf8))
    #expect(
      read["loss/training"]
        == run.history.map { [Double($0.epoch), Double(Float($0.trainingLoss))] })
    let expected = run.trajectory(split: "train").map {
      [Double($0.epoch ?? 0), Double(Float($0.value(named: "nc1_pinv") ?? .nan))]
    }
    #expect(expected.count == 3)
    #expect(read["train/last/nc1_pinv"] == expected)
  }
}
