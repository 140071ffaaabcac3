import CollapseCore
import Files
import LibC
import Pipeline

extension SlurmArguments {
  /// Lets a cluster measure many files, and follows it unless asked not to.
  ///
  /// - Parameters:
  ///   - fileCount: how many there are.
  ///   - threads: those of a task.
  func measure(fileCount: Int, threads: Int, _ result: ResultOptions) throws {
    guard let output = result.output, let file = result.file else {
      throw WrongUsage(
        "--on slurm needs -o: the tables into which a job joins what others measured")
    }
    _ = try PendingFile(file.json)
    let slurm = try Slurm.find()
    let jobs = SlurmFiles(
      slurm, options: try options(), arguments: CommandLineText.wholeBatch, output: output,
      fileCount: fileCount, threads: threads, command: CommandLineText.repeatable)
    let submitted = try jobs.submit()
    Terminal.shared.note(
      "Slurm job \(submitted.array): \(Counted.text(fileCount, "file")) in "
        + "\(Counted.text(submitted.tasks, "task")) of \(Counted.text(threads, "processor")); job "
        + "\(submitted.join) joins them → \(file.table)")
    Terminal.shared.detail("scripts and what they say: \(submitted.folder)")
    let cancel = "'scancel \(submitted.array) \(submitted.join)' ends them"
    if detach { return Terminal.shared.note("the jobs go on: \(cancel)") }
    Terminal.shared.note("Ctrl-C leaves them to themselves: \(cancel)")
    let code = try jobs.follow(submitted, interruption: .shared) { running, waiting in
      Terminal.shared.progress("\(running) at work, \(waiting) waiting")
    }
    Terminal.shared.endProgress()
    guard let code else { throw Interrupted(message: "left: the jobs go on. \(cancel)") }
    let said = try FileContents.read("\(submitted.folder)/join.log")
    let text = String(decoding: said, as: UTF8.self).trimmingSuffix(while: \.isNewline)
    guard code == 0 else {
      // As if it had been done here.
      Terminal.shared.message(text)
      ExitStatus.end(code)
    }
    // The last line sums up; before it stands a line per file.
    for line in text.split(separator: "\n").suffix(1) { Terminal.shared.note(String(line)) }
  }
}

extension String {
  fileprivate func trimmingSuffix(while isIn: (Character) -> Bool) -> String {
    var text = self[...]
    while let last = text.last, isIn(last) { text.removeLast() }
    return String(text)
  }
}
