import CollapseCore
import Files
import TestSupport
import Testing

@Suite struct AtomicFolderTests {
  let folder = TemporaryFolder()

  @Test func appearsWhole() throws {
    try AtomicFolder.write(to: folder("out")) { out in
      try out.createFolder("a")
      try out.write([1, 2], to: "a/b")
      #expect(folder.names.allSatisfy(AtomicFile.isTemporary))
    }
    #expect(folder.names == ["out"])
    #expect(try FileContents.read(folder("out/a/b")) == [1, 2])
    let contents = try FolderContents(folder("out"))
    #expect(contents.folders == ["a"] && contents.files.isEmpty)
  }

  @Test func failureLeavesNothing() {
    struct Stopped: Error {}
    #expect(throws: Stopped.self) {
      try AtomicFolder.write(to: folder("out")) { out in
        try out.write([1], to: "a")
        throw Stopped()
      }
    }
    #expect(folder.names == [])
  }

  @Test func takenPathIsRefused() {
    folder.write([1], to: "file")
    folder.write([1], to: "folder/file")
    for (name, reason) in [
      ("file", "a file is there already"),
      ("folder", "the folder is there already and is not empty"),
    ] {
      let error = #expect(throws: FileError.self) {
        try AtomicFolder.write(to: folder(name)) { _ in Issue.record("begun") }
      }
      #expect(error?.description == "cannot write '\(folder(name))': \(reason)")
      #expect(error?.kind == .cannotWrite)
    }
  }

  @Test func listingNamesWhatIsMissing() {
    folder.write([1], to: "file")
    #expect(
      message { _ = try FolderContents("no/such") } == "cannot list 'no/such': it does not exist")
    #expect(
      message { _ = try FolderContents(folder("file")) }
        == "cannot list '\(folder("file"))': it is not a folder")
  }
}
