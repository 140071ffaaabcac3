package import CollapseCore
import Dispatch
import Files
import FoundationEssentials
import LibC
import Synchronization

/// The right of one process to work in a run folder.
///
/// On one machine the system's lock on `.lock` says it, which ends with the process. File systems
/// that machines share may not know such locks, so the owner besides names itself in `.owner`, a
/// file that is made whole or not at all, and gives a sign of life at every beat by touching it.
/// An owner on another machine that has given none for ``Timing/stale`` is taken to be dead. Ages
/// are those of the file system's own clock: machines disagree on the time.
final class RunLock {
  struct Timing: Sendable {
    /// Seconds between signs of life.
    var beat: Double
    /// The age of the last one beyond which its owner counts as dead: longer than machines keep
    /// what they know of a shared file.
    var stale: Double

    static let standard = Timing(beat: 10, stale: 120)
  }

  private let folder: String
  private let owner: RunOwner
  private let descriptor: Int32
  private let heart: any DispatchSourceTimer
  private let queue = DispatchQueue(label: "signs of life")
  private let successor = Successor()

  /// Who has taken the folder over.
  private final class Successor: Sendable {
    let value = Mutex<RunOwner?>(nil)
  }

  static func lockFile(_ folder: String) -> String { folder + "/.lock" }
  static func ownerFile(_ folder: String) -> String { folder + "/.owner" }

  /// Takes the folder; where another machine's process may be dead, once that is known.
  ///
  /// - Parameter interruption: ends the waiting, and is requested should another process take the
  ///   folder over.
  /// - Throws: `FileError` when another process works there.
  init(
    _ folder: String, as owner: RunOwner, timing: Timing, interruption: Interruption
  ) throws {
    let descriptor = open(RunLock.lockFile(folder), O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw FileError(
        kind: .cannotWrite, operation: "write to the run folder", path: folder,
        reason: String(cString: strerror(errno)))
    }
    do {
      let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
      try RunLock.claim(
        folder, for: owner, holds: isLocked, isHeld: !isLocked && errno == EWOULDBLOCK, timing,
        interruption)
    } catch {
      close(descriptor)
      throw error
    }
    self.folder = folder
    self.owner = owner
    self.descriptor = descriptor
    heart = DispatchSource.makeTimerSource(queue: queue)
    heart.setEventHandler { [successor] in
      guard let other = RunLock.beat(folder, owner) else { return }
      successor.value.withLock { $0 = other }
      interruption.request()
    }
    heart.schedule(deadline: .now() + timing.beat, repeating: timing.beat)
    heart.activate()
  }

  /// Whether the folder is still this process's.
  ///
  /// - Throws: `FileError` where another took it over.
  func check() throws {
    guard let successor = successor.value.withLock({ $0 }) else { return }
    throw FileError(
      kind: .usage, operation: "work in the run folder", path: folder,
      reason: "this process gave no sign of life for so long that another took it over: "
        + successor.text)
  }

  func release() {
    queue.sync { heart.cancel() }
    let file = RunLock.ownerFile(folder)
    if RunLock.sign(file)?.owner?.token == owner.token { unlink(file) }
    close(descriptor)
  }

  /// Gives a sign of life.
  ///
  /// - Returns: who has taken the folder over, where somebody has.
  private static func beat(_ folder: String, _ owner: RunOwner) -> RunOwner? {
    let file = ownerFile(folder)
    // Missing for a moment while another takes it over: the next beat tells.
    guard let found = sign(file)?.owner else { return nil }
    guard found.token == owner.token else { return found }
    utimensat(AT_FDCWD, file, nil, 0)
    return nil
  }

  // MARK: - Taking

  /// Makes `owner` the one that stands in the folder.
  ///
  /// - Parameters:
  ///   - isMine: whether this process has the system's lock.
  ///   - isHeld: whether another one has.
  private static func claim(
    _ folder: String, for owner: RunOwner, holds isMine: Bool, isHeld: Bool, _ timing: Timing,
    _ interruption: Interruption
  ) throws {
    let file = ownerFile(folder)
    let own = "\(file)-\(owner.token)"
    let text = try JSONText.compact(owner)
    var isHeld = isHeld
    var first: (token: String?, time: Double)?
    defer { unlink(own) }
    while true {
      // Written anew at each turn, so that its time is the file system's now.
      unlink(own)
      guard FileManager.default.createFile(atPath: own, contents: Data(text.utf8)) else {
        throw FileError(
          kind: .cannotWrite, operation: "write to the run folder", path: folder,
          reason: String(cString: strerror(errno)))
      }
      let now = sign(own)?.time ?? 0
      guard let found = sign(file) else {
        if isHeld { throw taken(folder, by: nil) }
        if link(own, file) == 0 { return }
        // No file system without hard links keeps the rest from working.
        if errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS {
          try AtomicFile.write(text, to: file)
          return
        }
        guard errno == EEXIST else {
          throw FileError(
            kind: .cannotWrite, operation: "write to the run folder", path: folder,
            reason: String(cString: strerror(errno)))
        }
        continue
      }
      let isDead: Bool
      switch found.owner?.isAlive {
      // Of this system: who held the folder and has no lock on it is gone.
      case .some(let isAlive): isDead = isMine || (!isHeld && !isAlive)
      case nil: isDead = now - found.time > timing.stale
      }
      if isDead {
        takeAway(found, file, as: owner)
        isHeld = false
        continue
      }
      let isOfThisSystem = found.owner?.isAlive != nil
      let hasMoved = first.map { $0.token != found.owner?.token || $0.time != found.time } ?? false
      if isOfThisSystem || hasMoved { throw taken(folder, by: found.owner) }
      first = (found.owner?.token, found.time)
      try interruption.check()
      usleep(UInt32(min(timing.beat / 8, 1) * 1e6))
    }
  }

  /// Takes the sign of a dead owner away, of that one and of no other.
  private static func takeAway(
    _ dead: (owner: RunOwner?, time: Double), _ file: String, as owner: RunOwner
  ) {
    let aside = "\(file)-\(owner.token)-dead"
    guard rename(file, aside) == 0 else { return }
    // Another may have taken it away and put its own there just now.
    if let moved = sign(aside)?.owner, moved.token != dead.owner?.token { link(aside, file) }
    unlink(aside)
  }

  private static func taken(_ folder: String, by owner: RunOwner?) -> FileError {
    FileError(
      kind: .usage, operation: "work in the run folder", path: folder,
      reason: "another process is at work there" + (owner.map { ": \($0.text)" } ?? ""))
  }

  // MARK: - Looking

  /// Who works in a folder.
  enum Holder {
    case nobody
    /// `nil` for a process that does not say who it is.
    case process(RunOwner?)
  }

  static func holder(of folder: String, timing: Timing = .standard) -> Holder {
    let found = sign(ownerFile(folder))
    let descriptor = open(lockFile(folder), O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 {
      defer { _ = close(descriptor) }
      if flock(descriptor, LOCK_SH | LOCK_NB) != 0 {
        if errno == EWOULDBLOCK { return .process(found?.owner) }
      } else if found?.owner?.isAlive != nil {
        return .nobody
      }
    }
    guard let found, let owner = found.owner else { return .nobody }
    let isAlive = owner.isAlive ?? (Date.now.timeIntervalSince1970 - found.time <= timing.stale)
    return isAlive ? .process(owner) : .nobody
  }

  /// What stands in an owner's file, and when it was last touched; `nil` where there is none.
  private static func sign(_ file: String) -> (owner: RunOwner?, time: Double)? {
    // Opened anew each time: that makes a network's file system ask its server.
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    let bytes = (try? FileContents.read(file)) ?? []
    return (
      try? JSONDecoder().decode(RunOwner.self, from: Data(bytes)),
      Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    )
  }
}

extension RunFolder {
  /// Does `body` while no other process works in the folder.
  ///
  /// - Throws: `FileError` when one does already, or has taken the folder over since.
  package func locked<Result>(
    as owner: RunOwner = .thisProcess, timing: (beat: Double, stale: Double) = (10, 120),
    interruption: Interruption = Interruption(),
    _ body: () throws -> Result
  ) throws -> Result {
    let lock = try RunLock(
      path, as: owner, timing: RunLock.Timing(beat: timing.beat, stale: timing.stale),
      interruption: interruption)
    defer { lock.release() }
    let result = try body()
    try lock.check()
    return result
  }

  /// Whether a process works in the folder at this moment.
  var isLocked: Bool { if case .process = RunLock.holder(of: path) { true } else { false } }

  /// The process that works in the folder, where one does and says who it is.
  var owner: RunOwner? {
    if case .process(let owner) = RunLock.holder(of: path) { owner } else { nil }
  }
}
