import Foundation

/// A disk of a few mebibytes of its own, for tests of what happens when it is full or read-only.
///
/// A tmpfs: mounting one takes rights that not every machine gives; where it cannot be done,
/// ``isAvailable`` is false and such tests skip themselves.
public final class SmallDisk: Sendable {
  private let folder = TemporaryFolder()

  /// Where the disk is mounted.
  public var path: String { folder("disk") }

  public static let isAvailable = (try? SmallDisk(mebibytes: 1)) != nil

  public init(mebibytes: Int) throws {
    try FileManager.default.createDirectory(
      atPath: folder("disk"), withIntermediateDirectories: true)
    try SmallDisk.run("mount", ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path])
  }

  deinit { _ = try? Subprocess.run("umount", ["--lazy", path]) }

  /// The path of `name` on the disk.
  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Lets nobody write any more.
  public func makeReadOnly() throws {
    try SmallDisk.run("mount", ["-o", "remount,ro", path])
  }

  /// Lets everybody write again.
  public func makeWritable() throws {
    try SmallDisk.run("mount", ["-o", "remount,rw", path])
  }

  /// What lies on the disk.
  public var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// Takes the room there is with a file called `filling`, all of it or all but `rest` bytes.
  public func fill(leaving rest: Int = 0) throws {
    _ = FileManager.default.createFile(atPath: self("filling"), contents: nil)
    let file = try FileHandle(forWritingTo: URL(filePath: self("filling")))
    defer { try? file.close() }
    for size in [1 << 16, 1 << 12, 1] {
      while (try? file.write(contentsOf: Data(count: size))) != nil {}
    }
    let end = try file.offset()
    try file.truncate(atOffset: end - min(end, UInt64(rest)))
  }

  private static func run(_ program: String, _ arguments: [String]) throws {
    guard Subprocess.path(program) != nil else { throw Refusal(reason: "no \(program)") }
    let outcome = try Subprocess.run(program, arguments)
    if outcome.status != 0 { throw Refusal(reason: outcome.errors) }
  }

  private struct Refusal: Error { let reason: String }
}
