import CollapseCore
import Files
import LibC
import TestSupport
import Testing

@Suite struct FileContentsTests {
  let folder = TemporaryFolder()

  @Test func readsWhatIsThere() throws {
    let path = folder.write([1, 2, 3], to: "a")
    #expect(try FileContents.read(path) == [1, 2, 3])
    #expect(try FileContents.size(path) == 3)
  }

  @Test func missingPathIsNamed() {
    let error = #expect(throws: FileError.self) { try FileContents.read("no/such/file") }
    #expect(error?.description == "cannot read 'no/such/file': it does not exist")
    #expect(error?.kind == .missingInput)
  }

  @Test func folderIsNotAFile() {
    let error = #expect(throws: FileError.self) { try FileContents.read(folder.path) }
    #expect(
      error?.description == "cannot read '\(folder.path)': it is a folder, expected a file")
  }
}

/// Paths that lead to something that is no file: nothing waits for them.
@Suite struct SpecialFileTests {
  let folder = TemporaryFolder()

  @Test func aNamedPipeIsRefusedAtOnce() throws {
    let pipe = folder("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let refusal = "cannot read '\(pipe)': it is a named pipe, expected a file"
    #expect(message { _ = try FileContents.read(pipe) } == refusal)
    #expect(message { _ = try FileContents.prefix(pipe, count: 4) } == refusal)
    #expect(message { _ = try FileContents.size(pipe) } == refusal)
    #expect(message { _ = try RandomAccessFile(pipe) } == refusal)
    #expect(message { _ = try ZipArchive(pipe) } == refusal)
    #expect(
      message { _ = try FileContents.read("/dev/null") }
        == "cannot read '/dev/null': it is a device, expected a file")
  }

  @Test func aFolderTellsWhatIsNoFile() throws {
    folder.write([1], to: "file")
    folder.write([1], to: "inner/file")
    #expect(mkfifo(folder("pipe"), 0o600) == 0)
    #expect(symlink("nowhere", folder("broken")) == 0)
    #expect(symlink("file", folder("link")) == 0)
    #expect(symlink("inner", folder("folder link")) == 0)
    let bytes: [UInt8] = Array("\(folder.path)/caf".utf8) + [0xE9, 0]
    let descriptor = bytes.withUnsafeBufferPointer {
      $0.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o600) }
    }
    #expect(descriptor >= 0 && close(descriptor) == 0)
    let contents = try FolderContents(folder.path)
    #expect(contents.files.sorted() == ["file", "link"])
    #expect(contents.folders.sorted() == ["folder link", "inner"])
    #expect(
      contents.oddities.sorted { $0.name < $1.name } == [
        .init(name: "broken", problem: "a link that leads nowhere"),
        .init(name: "caf\u{FFFD}", problem: "a name that is not UTF-8"),
        .init(name: "pipe", problem: "a named pipe"),
      ])
  }
}
