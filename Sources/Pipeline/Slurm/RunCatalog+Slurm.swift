import FoundationEssentials

extension RunCatalog {
  /// The runs together with what the queue says of them, and those that wait there without having
  /// begun.
  ///
  /// - Parameter folder: the folder the catalog is of.
  /// - Throws: ``SlurmError`` where the queue does not answer.
  public func merged(with slurm: Slurm, in folder: String) throws -> RunCatalog {
    let submissions = SlurmSubmission.all(around: folder)
    let queue = try SlurmQueue(of: submissions, slurm)
    return merged(submissions, queue)
  }

  package func merged(_ submissions: [SlurmSubmission], _ queue: SlurmQueue) -> RunCatalog {
    var runs = runs
    for submission in submissions {
      for point in submission.points {
        guard let entry = queue[submission, point.number] else { continue }
        let key = RunCatalog.key(point.folder)
        if let place = runs.firstIndex(where: { RunCatalog.key($0.path) == key }) {
          runs[place].note(entry)
        } else {
          var run = Run(waiting: point.folder)
          run.note(entry)
          runs.append(run)
        }
      }
    }
    return RunCatalog(
      runs: runs.sorted { ($0.pipeline, $0.name) < ($1.pipeline, $1.name) })
  }

  /// A folder of a run by its name and its pipeline's, whatever folder it was seen from.
  static func key(_ path: String) -> String {
    path.split(separator: "/").suffix(2).joined(separator: "/")
  }
}

extension RunCatalog.Run {
  /// A run that has no folder yet.
  fileprivate init(waiting path: String) {
    let names = path.split(separator: "/")
    self.path = path
    name = String(names.last ?? "")
    pipeline = String(names.dropLast().last ?? "")
    (state, problem) = (.waiting, nil)
    (epoch, epochs, trainAccuracy, cosIntraMin, cosInterMax, nc1Pinv) = (
      nil, nil, nil, nil, nil, nil
    )
    (checkpointBytes, featureBytes, bytes) = (0, 0, 0)
    (experiment, parts, partCount) = (nil, nil, nil)
  }

  fileprivate mutating func note(_ entry: SlurmQueue.Entry) {
    // Of several points of one task some may be done.
    if state == .done { return }
    job = entry.job
    if entry.isRunning {
      (state, host) = (.running, entry.node ?? host)
    } else if entry.isWaiting {
      state = entry.restarts > 0 ? .requeued : .waiting
      (host, reason) = (nil, entry.reason)
    }
  }
}

extension SlurmSubmission {
  /// What was submitted for the pipelines in a folder: those of all runs, of a pipeline, or of a run.
  static func all(around folder: String) -> [SlurmSubmission] {
    let inside = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let places = [folder] + inside.sorted().map { "\(folder)/\($0)" } + ["\(folder)/.."]
    return places.flatMap { SlurmSubmission.all(in: $0) }
  }
}
