import Foundation
import Pipeline
import TestSupport
import Testing

/// What is said to Slurm and read from it; a real one is asked by the end-to-end tests.
@Suite struct SlurmTests {
  @Test(arguments: [
    ("--partition=long  --time=12:00:00", ["--partition=long", "--time=12:00:00"]),
    (#"--comment='two words' -p "a b" x\ y"#, ["--comment=two words", "-p", "a b", "x y"]),
    (#"--a="" ''"#, ["--a=", ""]), ("", []),
  ]) func optionsAreCutAsAShellCutsThem(text: String, words: [String]) throws {
    #expect(try SlurmOptions(text, jobsPerTask: 1).words == words)
  }

  @Test(arguments: [
    ("--array=1-4", "--array is what --on slurm makes of the points that are left"),
    ("-d afterok:3", "-d is what makes the report wait"),
    ("--comment='no end", "a quote does not end in '--comment='no end'"),
    ("--time=2", "a limit of 2 is too short"), ("-t 0:30", "a limit of 0:30 is too short"),
    ("-t3", "a limit of 3 is too short"), ("--time 00:03:00", "a limit of 00:03:00 is too short"),
  ]) func optionsThatCannotBe(text: String, message: String) {
    let error = #expect(throws: SlurmError.self) { try SlurmOptions(text, jobsPerTask: 1) }
    #expect(error?.description.hasPrefix("--slurm-options: \(message)") == true, "\(error as Any)")
  }

  @Test(arguments: [
    "--time=10", "--time=1:00:00", "-t 1-0", "--time=0", "--time-min=2", "--tmp=1",
  ]) func limitsThatLeaveTime(text: String) throws {
    #expect(try !SlurmOptions(text, jobsPerTask: 1).words.isEmpty)
  }

  private func submission() throws -> SlurmSubmission {
    try JSONDecoder().decode(
      SlurmSubmission.self,
      from: Data(
        """
        {"format": "collapse-slurm", "version": 1, "name": "collapse-s-1", "submitted": "", "command": "",
         "report": "13", "arrays": [{"job": "12", "tasks": [
           [{"number": 1, "folder": "runs/s/a-1"}, {"number": 2, "folder": "runs/s/b-2"}],
           [{"number": 5, "folder": "runs/s/c-3"}], [{"number": 6, "folder": "runs/s/d-4"}]]}]}
        """.utf8))
  }

  private let queue = SlurmQueue(
    """
    12|1|PENDING|1||BeginTime|collapse-s-1|
    12|0|RUNNING|0|node1|None|collapse-s-1|
    13|N/A|PENDING|0||Dependency|collapse-s-1-report|
    12|2|RUNNING|0|node9|None|collapse-other-1|
    """)

  /// Numbers of jobs come again: another submission's task 12_2 is not this one's.
  @Test func theQueueIsThatOfTheSubmission() throws {
    let submission = try submission()
    #expect(queue.holds(submission))
    #expect(queue[submission, 2]?.node == "node1")
    #expect(queue[submission, 5]?.job == "12_1" && queue[submission, 5]?.restarts == 1)
    #expect(queue[submission, 6] == nil && queue[submission, 3] == nil)
    #expect(queue.report(of: submission)?.reason == "Dependency")
    #expect(!SlurmQueue("").holds(submission))
  }

  @Test func runsAreListedWithTheQueue() throws {
    let folder = TemporaryFolder()
    folder.write(Array(try JSONEncoder().encode(RunManifest())), to: "s/c-3/manifest.json")
    let catalog = try RunCatalog(in: folder.path).merged([try submission()], queue)
    #expect(catalog.runs.map(\.name) == ["a-1", "b-2", "c-3"])
    #expect(catalog.runs.map(\.state) == [.running, .running, .requeued])
    #expect(catalog.runs.map(\.host) == ["node1", "node1", nil])
    #expect(catalog.runs.map(\.job) == ["12_0", "12_0", "12_1"])
    #expect(catalog.runs[2].path == folder("s/c-3"))
  }
}
