import CollapseCore
import Files
import LibC
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

  /// What a link leads to is replaced, and not the link.
  @Test func linksStay() throws {
    try AtomicFile.write([1], to: folder("a"))
    #expect(symlink("a", folder("link")) == 0)
    try AtomicFile.write([2], to: folder("link"))
    #expect(try FileContents.read(folder("a")) == [2])
    var status = stat()
    #expect(lstat(folder("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(folder.names == ["a", "link"])
  }

  /// A pipe is written to: `-o >(latex)`, `-o /dev/stdout`.
  @Test func pipesAreGivenTheContent() throws {
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    let reader = open(folder("pipe"), O_RDONLY | O_NONBLOCK)
    defer { _ = close(reader) }
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
    try AtomicFile.write(bytes, to: folder("pipe"))
    var found = [UInt8](repeating: 0, count: 8000)
    #expect(read(reader, &found, found.count) == bytes.count)
    #expect(Array(found.prefix(bytes.count)) == bytes)
    var status = stat()
    #expect(stat(folder("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(folder.names == ["pipe"])
    try AtomicFile.write(bytes, to: "/dev/null")
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
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
