import CollapseCore
import Files
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
