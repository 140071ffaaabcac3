import CollapseCore
import Datasets
import Files
import FoundationEssentials
import LibC
import Synchronization
import TestSupport
import Testing

@Suite struct DatasetFetcherTests {
  let server = LoopbackServer()
  let folder = TemporaryFolder()
  /// Long enough for several packets.
  let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
  let labels: [UInt8] = Array("labels".utf8)
  let events = EventLog()

  // By sha256sum; the last is that of the bytes with every bit turned over.
  static let bytesSum = "ab939137a4f8747fa06f1e3d26e2082ae75327d83e1925026784d9e8c0c4dd99"
  static let labelsSum = "d772ebb4590212c65cc31888ee55c3a893d866d8479f84a4c0ca36918a3fa75f"
  static let otherBytesSum = "d1d887d176b7512656e530f7bd36716d0dda603277bb3becff5243c68a4dae73"

  /// A data set of two files on the server, or on other mirrors.
  private func entry(mirrors: [String]? = nil) -> CatalogEntry {
    CatalogEntry(
      name: "toy", title: "Toy", classNames: ["a", "b"], mirrors: mirrors ?? [server.address],
      contents: .files([
        CatalogFile(
          "images.gz", size: bytes.count, checksums: [.sha256(Self.bytesSum)]),
        CatalogFile(
          "labels.gz", size: labels.count, checksums: [.sha256(Self.labelsSum)]),
      ]))
  }

  private func serve(images answers: [LoopbackServer.Answer] = []) {
    server.serve("images.gz", bytes, answers: answers)
    server.serve("labels.gz", labels)
  }

  @discardableResult
  private func fetch(
    _ entry: CatalogEntry? = nil, _ fetcher: DatasetFetcher = DatasetFetcher(timeout: 60)
  ) throws -> String {
    try fetcher.fetch(entry ?? self.entry(), into: folder.path) { events.append($0) }
  }

  private func content(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: folder("toy/\(name)"))))
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder("toy")).sorted()
  }

  @Test func bringsEveryFileAndTheClassNames() throws {
    serve()
    #expect(try fetch() == folder("toy"))
    #expect(try names() == ["classes.txt", "images.gz", "labels.gz"])
    #expect(try content("images.gz") == bytes)
    #expect(try content("labels.gz") == labels)
    #expect(try content("classes.txt") == Array("a\nb\n".utf8))
    #expect(events.list.contains(.verified(file: "images.gz")))
    #expect(
      events.list.contains(.received(file: "images.gz", done: bytes.count, total: bytes.count)))
  }

  @Test func whatIsThereAndRightIsNotAskedFor() throws {
    serve()
    try fetch()
    let asked = server.requests.count
    try fetch()
    #expect(server.requests.count == asked)
    #expect(
      events.list.suffix(2) == [.present(file: "images.gz"), .present(file: "labels.gz")])
  }

  @Test func aFileOfOtherBytesIsReplaced() throws {
    serve()
    folder.write(labels, to: "toy/images.gz")
    try fetch()
    #expect(try content("images.gz") == bytes)
    #expect(
      events.list.first
        == .unexpected(file: "images.gz", difference: "expected 300000 bytes, found 6"))
  }

  @Test func aCutConnectionIsGoneOnWith() throws {
    serve(images: [.cut(after: 100_000), .cut(after: 50_000)])
    try fetch()
    #expect(try content("images.gz") == bytes)
    #expect(
      server.requests.filter { $0.path == "/images.gz" }.map(\.range)
        == [nil, "bytes=100000-", "bytes=150000-"])
  }

  @Test func whatAnEarlierRunLeftIsGoneOnWith() throws {
    serve()
    folder.write(Array(bytes.prefix(123_456)), to: "toy/images.gz.partial")
    try fetch()
    #expect(try content("images.gz") == bytes)
    #expect(server.requests.first?.range == "bytes=123456-")
    #expect(try names() == ["classes.txt", "images.gz", "labels.gz"])
  }

  @Test func aWholePartialFileIsOnlyVerified() throws {
    serve()
    folder.write(bytes, to: "toy/images.gz.partial")
    try fetch()
    #expect(server.requests.map(\.path) == ["/labels.gz"])
    #expect(try content("images.gz") == bytes)
  }

  @Test func aServerThatIgnoresTheRangeStartsOver() throws {
    serve(images: [.ignoringRange])
    folder.write(Array(bytes.prefix(1000)), to: "toy/images.gz.partial")
    try fetch()
    #expect(try content("images.gz") == bytes)
  }

  @Test func aPartialFileOfOtherBytesIsFoundOutAndStartedOver() throws {
    serve()
    folder.write([UInt8](repeating: 9, count: 1000), to: "toy/images.gz.partial")
    try fetch()
    #expect(try content("images.gz") == bytes)
    #expect(
      server.requests.filter { $0.path == "/images.gz" }.map(\.range) == ["bytes=1000-", nil])
  }

  @Test func aPartialFileThatIsTooLongIsStartedOver() throws {
    serve()
    folder.write(bytes + [1], to: "toy/images.gz.partial")
    try fetch()
    #expect(try content("images.gz") == bytes)
    #expect(server.requests.first?.range == nil)
  }

  @Test func redirectsAreFollowed() throws {
    serve(images: [.redirect(to: "elsewhere.gz")])
    server.serve("elsewhere.gz", bytes)
    try fetch()
    #expect(try content("images.gz") == bytes)
  }

  @Test func aMirrorGivenReplacesThoseOfTheCatalog() throws {
    serve()
    let elsewhere = entry(mirrors: ["https://mirror.invalid/"])
    let mirror = String(server.address.dropLast())  // a slash more or less
    try fetch(elsewhere, DatasetFetcher(mirror: mirror, timeout: 60))
    #expect(try content("images.gz") == bytes)
  }

  @Test func theNextMirrorIsTried() throws {
    let good = LoopbackServer()
    good.serve("images.gz", bytes)
    good.serve("labels.gz", labels)
    try fetch(entry(mirrors: [server.address, good.address]))
    #expect(try content("images.gz") == bytes)
    #expect(
      events.list.contains(
        .failed(
          file: "images.gz", url: server.address + "images.gz",
          reason: "answers with status 404")))
  }

  struct Bad: CustomTestStringConvertible, Sendable {
    let answer: LoopbackServer.Answer
    let reason: String
    var testDescription: String { reason }
  }

  @Test(arguments: [
    Bad(answer: .status(404), reason: "answers with status 404"),
    Bad(answer: .status(500), reason: "answers with status 500"),
    Bad(
      answer: .declaring(length: 299_999), reason: "offers 299999 bytes, expected 300000"),
    Bad(
      answer: .declaring(length: 5_000_000_000), reason: "offers 5000000000 bytes, expected 300000"),
    Bad(
      answer: .followed(by: 70_000), reason: "sends more than the 300000 bytes expected"),
    Bad(
      answer: .otherBytes,
      reason: "sends another file: expected SHA-256 \(bytesSum), found SHA-256 \(otherBytesSum)"),
    Bad(answer: .cut(after: 0), reason: "closed the connection after 0 bytes"),
    Bad(answer: .silence, reason: "does not answer in HTTP"),
  ]) func aBadAnswerIsNamedAndLeavesNothing(bad: Bad) throws {
    serve(images: Array(repeating: bad.answer, count: 10))
    let error = #expect(throws: FetchError.self) { try fetch() }
    #expect(error?.attempts.map(\.reason) == [bad.reason])
    #expect(try names().filter { !$0.hasSuffix(".partial") } == [])
    #expect(error?.kind == .missingInput)
  }

  @Test func aMirrorThatBreaksOffAgainAndAgainIsGivenUpAndItsBytesAreKept() throws {
    serve(images: Array(repeating: .cut(after: 1000), count: 20))
    let error = #expect(throws: FetchError.self) { try fetch() }
    #expect(error?.attempts.map(\.reason) == ["closed the connection after 1000 bytes"])
    // The first request and five for the rest.
    #expect(server.requests.count == 6)
    #expect(try content("images.gz.partial") == Array(bytes.prefix(6000)))
  }

  @Test func aRestThatBeginsElsewhereIsNotAppended() throws {
    serve(images: [.shiftedRange(by: 5)])
    folder.write(Array(bytes.prefix(1000)), to: "toy/images.gz.partial")
    let error = #expect(throws: FetchError.self) { try fetch() }
    #expect(
      error?.attempts.map(\.reason) == ["answers with bytes from 1005, asked for those from 1000"])
    #expect(try content("images.gz.partial") == Array(bytes.prefix(1000)))
  }

  @Test func withoutANetworkTheMessageSaysWhatToPlaceWhere() throws {
    let gone = LoopbackServer()
    gone.stop()
    folder.write(labels, to: "toy/labels.gz")
    let error = #expect(throws: FetchError.self) { try fetch(entry(mirrors: [gone.address])) }
    #expect(
      error?.description == """
        toy: no mirror gave 'images.gz'
          \(gone.address)images.gz: cannot be reached
        To go on without them, place in '\(folder("toy"))':
          images.gz, 300000 bytes, SHA-256 \(Self.bytesSum)
        and fetch again: files that are there are verified, not downloaded.
        """)
    #expect(try names() == ["labels.gz"])
  }

  @Test func filesPlacedByHandNeedNoNetwork() throws {
    folder.write(bytes, to: "toy/images.gz")
    folder.write(labels, to: "toy/labels.gz")
    try fetch(entry(mirrors: ["https://mirror.invalid/"]))
    #expect(server.requests.isEmpty)
  }

  @Test(arguments: ["not an address", "ftp://host/", "https://", "/some/folder"])
  func aMirrorMustBeAnAddress(mirror: String) {
    let error = #expect(throws: DatasetError.self) {
      try fetch(nil, DatasetFetcher(mirror: mirror))
    }
    #expect(
      error?.description == "\(mirror): expected a mirror's address, https://host/folder/")
    #expect(error?.kind == .usage)
  }

  @Test func oneFileIsDownloadedOnceAtATime() throws {
    serve()
    folder.write([1], to: "toy/images.gz.partial")
    let other = open(folder("toy/images.gz.partial"), O_RDWR)
    defer { _ = close(other) }
    #expect(flock(other, LOCK_EX) == 0)
    let error = #expect(throws: FileError.self) { try fetch() }
    #expect(
      error?.description
        == "cannot write '\(folder("toy/images.gz.partial"))': it is being downloaded already")
    #expect(server.requests.isEmpty)
  }

  @Test func aFileInPlaceOfTheFolderIsNamed() {
    folder.write([1], to: "toy")
    let error = #expect(throws: FileError.self) { try fetch() }
    #expect(
      error?.description
        == "cannot create the folder '\(folder("toy"))': "
        + "a file is in its place or the disk refuses")
  }
}

/// The events of a fetch, from whatever thread they come.
final class EventLog: Sendable {
  private let events = Mutex<[FetchEvent]>([])

  var list: [FetchEvent] { events.withLock { $0 } }

  func append(_ event: FetchEvent) { events.withLock { $0.append(event) } }
}
