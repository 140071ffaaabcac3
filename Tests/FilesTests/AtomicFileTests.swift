import CollapseCore
import Files
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  let folder = TemporaryFolder()

  @Test func replacesTheOldFile() throws {
    try AtomicFile.write([1], to: folder("a"))
    try AtomicFile.write([2, 3], to: folder("a"))
    #expect(try FileContents.read(folder("a")) == [2, 3])
    #expect(folder.names == ["a"])
  }

  @Test func failedWriteLeavesTheOldFile() throws {
    struct Stopped: Error {}
    try AtomicFile.write([1], to: folder("a"))
    #expect(throws: Stopped.self) {
      try AtomicFile.write(to: folder("a")) { temporary in
        #expect(AtomicFile.isTemporary(temporary))
        throw Stopped()
      }
    }
    #expect(try FileContents.read(folder("a")) == [1])
    #expect(folder.names == ["a"])
  }

  @Test func missingFolderIsNamed() {
    let error = #expect(throws: FileError.self) {
      try AtomicFile.write([1], to: folder("no/a"))
    }
    #expect(
      error?.description
        == "cannot write '\(folder("no/a"))': the folder '\(folder("no"))' does not exist")
    #expect(error?.kind == .cannotWrite)
  }
}
