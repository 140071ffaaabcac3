import CollapseCore
import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite struct FolderTests {
  let folder = TemporaryFolder()

  @Test func foldersAreMadeWithThoseAbove() throws {
    for _ in 0..<2 { try Folder.make(folder("a/b/c/")) }
    #expect(try FolderContents(folder("a/b")).folders == ["c"])
  }

  /// Runs side by side make theirs, and those above, at the same moment.
  @Test func threadsMakeFoldersSideBySide() async throws {
    let folder = folder
    try await withThrowingTaskGroup(of: Void.self) { group in
      for round in 0..<200 {
        for run in 0..<4 { group.addTask { try Folder.make(folder("\(round)/grid/\(run)")) } }
      }
      try await group.waitForAll()
    }
    for round in 0..<200 {
      #expect(try FolderContents(folder("\(round)/grid")).folders.count == 4)
    }
  }

  @Test func whatStandsInTheWayIsNamed() {
    let file = folder.write([1], to: "file")
    for (path, reason) in [
      (file, "a file of that name stands there"), ("\(file)/a", "'\(file)' is a file"),
      ("\(file)/a/b", "'\(file)' is a file"),
      ("/proc/none", "no folder can be made in '/proc'"),
    ] {
      let error = #expect(throws: FileError.self) { try Folder.make(path) }
      #expect(error?.description == "cannot make the folder '\(path)': \(reason)")
      #expect(error?.kind == .cannotWrite)
    }
  }

  /// What Foundation throws becomes a message of ours.
  @Test(arguments: [("none", "it does not exist"), ("/proc/version", "permission denied")])
  func foundationsRefusalsHaveReasons(name: String, reason: String) throws {
    let path = name.hasPrefix("/") ? name : folder(name)
    let cause = try #require(throws: (any Error).self) {
      try FileManager.default.removeItem(atPath: path)
    }
    let error = FileError(kind: .cannotWrite, operation: "remove", path: path, cause: cause)
    #expect(error.description == "cannot remove '\(path)': \(reason)")
  }
}
