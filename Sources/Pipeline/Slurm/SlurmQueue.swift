import CollapseCore

/// What is in the queue of what was submitted.
public struct SlurmQueue: Sendable {
  /// A task of an array, or a job.
  public struct Entry: Sendable, Hashable {
    /// `12_3` of an array, `13` else.
    public let job: String
    /// As Slurm names it: PENDING, RUNNING, COMPLETING, …
    public let state: String
    /// How often it was put back into the queue.
    public let restarts: Int
    /// The node it runs on.
    public let node: String?
    /// Why it waits.
    public let reason: String?

    public var isRunning: Bool { state == "RUNNING" }
    public var isWaiting: Bool {
      ["PENDING", "REQUEUED", "REQUEUE_HOLD", "SUSPENDED"].contains(state)
    }
  }

  /// By the name of the submission and the job.
  private let entries: [String: Entry]

  /// Asks Slurm for the jobs of submissions.
  public init(of submissions: [SlurmSubmission], _ slurm: Slurm) throws {
    let names = submissions.flatMap { [$0.name, $0.reportName] }
    guard !names.isEmpty else {
      self.init("")
      return
    }
    let fields = ["ArrayJobID", "ArrayTaskID", "State", "RestartCnt", "NodeList", "Reason", "Name"]
    let text = try slurm.run(
      "squeue",
      [
        "--noheader", "--array", "--name=" + names.joined(separator: ","),
        "--Format=" + fields.map { "\($0):|" }.joined(separator: ","),
      ])
    self.init(text)
  }

  /// Reads what squeue says, a line for each task, its fields ended by `|`.
  package init(_ text: String) {
    var entries: [String: Entry] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false).map {
        String($0.drop { $0 == " " })
      }
      guard fields.count >= 7 else { continue }
      let job = Int(fields[1]) == nil ? fields[0] : "\(fields[0])_\(fields[1])"
      var name = fields[6]
      if name.hasSuffix(SlurmSubmission.reportSuffix) {
        name.removeLast(SlurmSubmission.reportSuffix.count)
      }
      entries["\(name) \(job)"] = Entry(
        job: job, state: fields[2], restarts: Int(fields[3]) ?? 0,
        node: fields[4].isEmpty ? nil : fields[4],
        reason: fields[5].isEmpty || fields[5] == "None" ? nil : fields[5])
    }
    self.entries = entries
  }

  /// Whether anything of a submission is left in the queue.
  public func holds(_ submission: SlurmSubmission) -> Bool {
    entries.keys.contains { $0.hasPrefix(submission.name + " ") }
  }

  /// The task of a submission that does a point; `nil` once it is over.
  public subscript(submission: SlurmSubmission, number: Int) -> Entry? {
    for array in submission.arrays {
      for (index, task) in array.tasks.enumerated()
      where task.contains(where: { $0.number == number }) {
        return entries["\(submission.name) \(array.job)_\(index)"]
      }
    }
    return nil
  }

  /// The job of a submission's report.
  public func report(of submission: SlurmSubmission) -> Entry? {
    submission.report.flatMap { entries["\(submission.name) \($0)"] }
  }
}
