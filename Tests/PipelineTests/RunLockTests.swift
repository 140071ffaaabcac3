import CollapseCore
import Files
import Foundation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Who may work in a run folder, on machines that share it. Another machine is here an owner of
/// another name: locks of the system say nothing of one.
@Suite struct RunLockTests {
  private let folder = TemporaryFolder()
  private var run: RunFolder { RunFolder(path: folder.path) }

  private func owner(on host: String, process: Int32 = 1) -> RunOwner {
    RunOwner(host: host, system: "\(host) 1", process: process, job: "12_3")
  }

  /// Puts the sign of an owner into the folder, so many seconds old.
  private func leave(_ owner: RunOwner, age: Double) throws {
    let file = folder.write(Array(try JSONEncoder().encode(owner)), to: ".owner")
    try touch(file, age: age)
  }

  private func touch(_ file: String, age: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date.now.addingTimeInterval(-age)], ofItemAtPath: file)
  }

  private func state() throws -> RunCatalog.Run? {
    let manifest = try JSONEncoder().encode(RunManifest())
    folder.write(Array(manifest), to: "manifest.json")
    return try RunCatalog(in: folder.path).runs.first
  }

  /// One machine works in the folder, as its beating sign says; the other is refused and told who.
  @Test func anotherMachineThatGivesSignsOfLifeIsLeftAlone() throws {
    try leave(owner(on: "node1", process: 4711), age: 5)
    let file = folder(".owner")
    let beating = Thread {
      for _ in 0..<100 {
        Thread.sleep(forTimeInterval: 0.02)
        try? FileManager.default.setAttributes([.modificationDate: Date.now], ofItemAtPath: file)
      }
    }
    beating.start()
    let error = #expect(throws: FileError.self) {
      try run.locked(as: owner(on: "node2"), timing: (0.1, 30)) {}
    }
    #expect(
      error?.description == "cannot work in the run folder '\(folder.path)': "
        + "another process is at work there: process 4711 on node1, job 12_3")
    #expect(try state()?.state == .running)
    #expect(try state()?.host == "node1")
  }

  /// The machine is gone: nobody touches its sign any more.
  @Test func whatADeadMachineHeldIsTakenOverOnceItsLastSignIsOld() throws {
    try leave(owner(on: "node1"), age: 3600)
    #expect(try state()?.state == .interrupted)
    let second = owner(on: "node2")
    let holder = try run.locked(as: second, timing: (0.1, 1)) {
      try JSONDecoder().decode(
        RunOwner.self, from: Data(contentsOf: URL(filePath: folder(".owner"))))
    }
    #expect(holder == second)
    #expect(!FileManager.default.fileExists(atPath: folder(".owner")))
    #expect(folder.names.allSatisfy { !$0.contains(second.token) }, "\(folder.names)")
  }

  /// The age is waited for: a sign that is young and does not move becomes old.
  @Test func aSignThatDoesNotMoveIsWaitedFor() throws {
    try leave(owner(on: "node1"), age: 0)
    var isMine = false
    try run.locked(as: owner(on: "node2"), timing: (0.1, 0.3)) { isMine = true }
    #expect(isMine)
  }

  @Test func theWaitingEndsWhenAStopIsAskedFor() throws {
    try leave(owner(on: "node1"), age: 0)
    let interruption = Interruption()
    interruption.request()
    #expect(throws: WorkInterrupted.self) {
      try run.locked(as: owner(on: "node2"), timing: (1, 60), interruption: interruption) {}
    }
  }

  /// A machine that slept while another took over stops, says so, and leaves the other's sign alone.
  @Test func whoWasTakenOverStops() throws {
    let second = owner(on: "node2")
    let interruption = Interruption()
    let error = #expect(throws: FileError.self) {
      try run.locked(as: owner(on: "node1"), timing: (0.05, 30), interruption: interruption) {
        try leave(second, age: 0)
        while !interruption.isRequested { Thread.sleep(forTimeInterval: 0.01) }
      }
    }
    #expect(
      error?.description
        == "cannot work in the run folder '\(folder.path)': this process gave no sign "
        + "of life for so long that another took it over: process 1 on node2, job 12_3")
    let left = try JSONDecoder().decode(
      RunOwner.self, from: Data(contentsOf: URL(filePath: folder(".owner"))))
    #expect(left == second)
  }

  /// On this machine the number of a process that ended says that it has, whatever the sign's age.
  @Test func aProcessOfThisMachineThatEndedHoldsNothing() throws {
    let ended = Process()
    ended.executableURL = URL(filePath: "/bin/true")
    try ended.run()
    ended.waitUntilExit()
    var owner = RunOwner.thisProcess
    owner.process = ended.processIdentifier
    try leave(owner, age: 0)
    #expect(try state()?.state == .interrupted)
    var isMine = false
    try run.locked { isMine = true }
    #expect(isMine)
  }

  /// Of many that find a dead owner's sign one gets the folder at a time.
  @Test func ofManyOneTakesOver() throws {
    try leave(owner(on: "node0"), age: 3600)
    let state = Mutex((inside: 0, most: 0, count: 0))
    try Parallel.forEach(8, threads: 8) { index in
      do {
        try run.locked(
          as: RunOwner(host: "node\(index + 1)", system: "node\(index + 1)", process: 1),
          timing: (0.2, 60)
        ) {
          state.withLock { state in
            state.inside += 1
            state.count += 1
            state.most = max(state.most, state.inside)
          }
          Thread.sleep(forTimeInterval: 0.05)
          state.withLock { $0.inside -= 1 }
        }
      } catch is FileError {}
    }
    #expect(state.withLock { $0.most } == 1)
    #expect(state.withLock { $0.count } >= 1)
  }
}
