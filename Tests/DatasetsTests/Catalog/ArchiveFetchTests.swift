import CollapseCore
import Datasets
import Files
import FoundationEssentials
import TestSupport
import Testing

@Suite struct ArchiveFetchTests {
  let server = LoopbackServer()
  let folder = TemporaryFolder()
  let events = EventLog()

  private func entry(
    _ name: String, _ archiveName: String, _ archive: [UInt8], kind: CatalogArchive.Kind,
    members: [String], sharedFolder: String? = nil
  ) -> CatalogEntry {
    server.serve(archiveName, archive)
    return CatalogEntry(
      name: name, title: name, classNames: ["a"], mirrors: [server.address],
      contents: .archive(
        CatalogArchive(
          file: CatalogFile(archiveName, size: archive.count, checksums: []), kind: kind,
          members: members.map { CatalogMember(path: $0, largestSize: 100) },
          sharedFolder: sharedFolder)))
  }

  private func fetch(_ entry: CatalogEntry) throws {
    try DatasetFetcher(timeout: 60).fetch(entry, into: folder.path) { events.append($0) }
  }

  private func names(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder(name)).sorted()
  }

  private func tarGzip(_ files: [(String, [UInt8])]) -> [UInt8] {
    var writer = TarWriter()
    for (name, content) in files { writer.add(name, content) }
    writer.finish()
    return gzip(writer.bytes)
  }

  /// A gzip stream of uncompressed blocks.
  private func gzip(_ content: [UInt8]) -> [UInt8] {
    let entry = ZipWriter.Entry("", content).deflated
    func little(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + entry.stored + little(entry.crc)
      + little(UInt32(content.count))
  }

  @Test func aTarGzipIsUnpackedAndRemoved() throws {
    let archive = tarGzip([
      ("toy/readme.html", [1]), ("toy/train.bin", Array("labels".utf8)), ("toy/test.bin", []),
    ])
    let toy = entry(
      "toy", "toy.tar.gz", archive, kind: .tarGzip, members: ["toy/train.bin", "toy/test.bin"])
    try fetch(toy)
    #expect(try names("toy") == ["SHA256SUMS", "test.bin", "train.bin"])
    #expect(try FileContents.read(folder("toy/train.bin")) == Array("labels".utf8))
    // As `sha256sum train.bin test.bin` prints it.
    let sums = """
      d772ebb4590212c65cc31888ee55c3a893d866d8479f84a4c0ca36918a3fa75f  train.bin
      e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  test.bin

      """
    #expect(
      String(decoding: try FileContents.read(folder("toy/SHA256SUMS")), as: UTF8.self) == sums)
    #expect(
      events.list.suffix(3) == [
        .verified(file: "toy.tar.gz"), .unpacked(file: "train.bin"), .unpacked(file: "test.bin"),
      ])
  }

  @Test func whatIsUnpackedIsKnownAgainAndWhatIsChangedIsNot() throws {
    let archive = tarGzip([("toy/train.bin", [1, 2, 3])])
    let toy = entry("toy", "toy.tar.gz", archive, kind: .tarGzip, members: ["toy/train.bin"])
    try fetch(toy)
    try fetch(toy)
    #expect(server.requests.count == 1)
    #expect(events.list.last == .present(file: "train.bin"))
    folder.write([1, 2, 4], to: "toy/train.bin")
    try fetch(toy)
    #expect(server.requests.count == 2)
    #expect(try FileContents.read(folder("toy/train.bin")) == [1, 2, 3])
  }

  @Test func anArchivePlacedByHandNeedsNoNetwork() throws {
    let archive = tarGzip([("toy/train.bin", [1, 2, 3])])
    let toy = entry("toy", "toy.tar.gz", archive, kind: .tarGzip, members: ["toy/train.bin"])
    folder.write(archive, to: "toy/toy.tar.gz")
    try fetch(toy)
    #expect(server.requests.isEmpty)
    #expect(try FileContents.read(folder("toy/train.bin")) == [1, 2, 3])
  }

  @Test func aZipServesSeveralDataSetsAndIsKept() throws {
    let archive = ZipWriter([
      ZipWriter.Entry("gzip/one.gz", [1]).deflated, ZipWriter.Entry("gzip/two.gz", [2]),
    ]).bytes
    for (name, member) in [("toy-one", "gzip/one.gz"), ("toy-two", "gzip/two.gz")] {
      try fetch(
        entry(name, "all.zip", archive, kind: .zip, members: [member], sharedFolder: "toy"))
    }
    #expect(server.requests.map(\.path) == ["/all.zip"])
    #expect(try names("toy") == ["all.zip"])
    #expect(try names("toy-one") == ["SHA256SUMS", "one.gz"])
    #expect(try FileContents.read(folder("toy-two/two.gz")) == [2])
  }

  @Test func anArchiveWithoutAFileIsNamedAndNothingCountsAsDone() throws {
    let archive = tarGzip([("toy/train.bin", [1, 2, 3])])
    let toy = entry(
      "toy", "toy.tar.gz", archive, kind: .tarGzip, members: ["toy/train.bin", "toy/test.bin"])
    for _ in 0..<2 {
      let error = #expect(throws: DatasetError.self) { try fetch(toy) }
      #expect(
        error?.description
          == "\(folder("toy/toy.tar.gz")): expected the file 'toy/test.bin', found none")
    }
    #expect(try names("toy") == ["toy.tar.gz", "train.bin"])
  }

  @Test func aFileBeyondItsLimitIsRefused() throws {
    let archive = tarGzip([("toy/train.bin", [UInt8](repeating: 1, count: 101))])
    let toy = entry("toy", "toy.tar.gz", archive, kind: .tarGzip, members: ["toy/train.bin"])
    let error = #expect(throws: TarError.self) { try fetch(toy) }
    #expect(
      error?.description
        == "\(folder("toy/toy.tar.gz")), byte 0 of the archive: 'toy/train.bin' has 101 bytes, "
        + "the limit is 100")
    #expect(try names("toy") == ["toy.tar.gz"])
  }

  @Test(
    .enabled(if: SharedData.has("data/mnist"), "needs the real MNIST in ../shared/data/mnist"))
  func realMNISTCompressedAnewIsKnownByItsContent() throws {
    let mnist = try #require(Catalog.entry(named: "mnist"))
    for name in mnist.fileNames {
      folder.write(
        try FileContents.read(SharedData.path("data/mnist/\(name)")), to: "mnist/\(name)")
    }
    let path = try DatasetFetcher(mirror: server.address, timeout: 60).fetch(
      mnist, into: folder.path
    ) { events.append($0) }
    #expect(events.list == mnist.fileNames.map { .present(file: $0) })
    #expect(server.requests.isEmpty)
    let dataset = try DatasetReader.read(path)
    #expect(dataset["train"]?.images.count == 60_000)
    #expect(dataset["test"]?.images.classNames == mnist.classNames)
  }
}
