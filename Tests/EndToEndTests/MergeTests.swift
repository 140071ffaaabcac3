import Foundation
import TestSupport
import Testing

/// `collapse analyze --part` and `collapse merge`: an analysis in parts has the bits of the whole.
@Suite struct MergeTests {
  let folder = TemporaryFolder()

  /// Three shards of one set, of very different lengths.
  init() throws {
    let set = SmallFeatures(labels: (0..<9000).map { Int32($0 * $0 % 3) })
    for (name, rows) in [("a", 0..<5000), ("b", 5000..<5001), ("c", 5001..<9000)] {
      try set.write(folder("train-\(name).h5"), rows: rows)
    }
  }

  private func collapse(_ arguments: [String]) throws -> CollapseCommand.Result {
    try CollapseCommand.run(arguments, in: folder.path)
  }

  private func analyze(_ arguments: [String]) throws -> CollapseCommand.Result {
    try collapse(["analyze", "train-*.h5", "--shards", "--quiet"] + arguments)
  }

  private func partials(
    _ name: String, _ count: Int, _ arguments: [String] = [], after: [String] = []
  ) throws {
    for part in 1...count {
      let result = try analyze(
        arguments + ["--part", "\(part)/\(count)", "--partial", "\(name)-\(part)"]
          + (after.isEmpty ? [] : ["--after"] + after))
      try #require(result.exitCode == 0, "\(result.errors)")
    }
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder(name), encoding: .utf8)
  }

  @Test(arguments: [(1, 1), (2, 3), (5, 4)])
  func partsHaveTheBytesOfTheWhole(first: Int, second: Int) throws {
    let options = ["--spectrum", "--convention", "papyan"]
    #expect(try analyze(options + ["-o", "measures.csv"]).exitCode == 0)
    let whole = try ["measures.csv", "measures.pairs.csv", "measures.json"].map(text)
    for name in folder.names where name.hasPrefix("measures") {
      try FileManager.default.removeItem(atPath: folder(name))
    }
    try partials("first", first, options + ["--threads", "2"])
    try partials("second", second, options, after: ["first-*"])
    let merged = try collapse(["merge", "second-*", "-o", "measures.csv", "--quiet"])
    #expect(merged.exitCode == 0, "\(merged.errors)")
    let joined = try ["measures.csv", "measures.pairs.csv", "measures.json"].map(text)
    #expect(joined[0] == whole[0] && joined[1] == whole[1])
    // The command that is kept was typed with --quiet in another place.
    #expect(joined[2].replacing(" --quiet", with: "") == whole[2].replacing(" --quiet", with: ""))
  }

  @Test func whatDoesNotBelongTogetherIsRefusedByName() throws {
    try partials("first", 2)
    let missing = try collapse(["merge", "second-*"])
    #expect(missing.exitCode == 66 && missing.errors.contains("'second-*': no file matches"))
    func refusal(_ arguments: [String]) throws -> String {
      let result = try collapse(arguments)
      #expect(result.exitCode == 65 || result.exitCode == 66, "\(result.errors)")
      return result.errors
    }
    let second = ["analyze", "train-*.h5", "--shards", "--part", "1/1", "--partial", "second"]
    #expect(
      try refusal(["merge", "first-1", "first-2"])
        == "error: cannot merge 'first-1': it is of the first pass; the second takes it: the same "
        + "'collapse analyze' with --after, and another --partial\n")
    #expect(
      try refusal(second + ["--after", "first-2"])
        == "error: cannot take up 'first-2': of 2 parts 1 is missing\n")
    #expect(
      try refusal(second + ["--unit-norm", "--after", "first-1", "first-2"])
        == "error: cannot take up 'first-1': it is of another analysis: options, or the files it goes by, "
        + "differ\n")
    try partials("second", 1, after: ["first-*"])
    #expect(
      try refusal(second + ["--after", "second-1"])
        == "error: cannot take up 'second-1': it is of the second pass, expected files of the first\n"
    )
    var bytes = try Data(contentsOf: URL(filePath: folder("second-1")))
    bytes[bytes.count / 2] ^= 1
    folder.write(Array(bytes), to: "damaged")
    #expect(
      try refusal(["merge", "damaged"])
        == "error: cannot read 'damaged': it is damaged or cut short: its digest is another; make it "
        + "again\n")
    #expect(
      try refusal(["merge", "train-a.h5"])
        == "error: cannot read 'train-a.h5': it holds no sums of a part: expected one of 'collapse "
        + "analyze --partial'\n")
    try SmallFeatures(seed: 2, labels: (0..<5000).map { Int32($0 % 3) }).write(folder("train-a.h5"))
    let changed = try refusal(["merge", "second-1"])
    #expect(
      changed.hasPrefix("error: cannot merge 'second-1': it is of other features: 'train-a.h5 "))
    #expect(changed.hasSuffix("' is not, or no longer, among the files\n"), "\(changed)")
  }

  @Test(arguments: [
    (["--part", "3/2", "--partial", "x"], "the value '3/2' is invalid for '--part <i/n>'"),
    (["--part", "1/2"], "--part says which part, --partial where its sums go: both are needed"),
    (["--after", "x"], "--after needs --part and --partial"),
    (
      ["--part", "1/2", "--partial", "x", "-o", "y.csv"],
      "-o is of a whole analysis: 'collapse merge' makes one of parts"
    ),
  ]) func wordsThatDoNotGoTogether(arguments: [String], message: String) throws {
    let result = try analyze(arguments)
    #expect(result.exitCode == 64)
    #expect(
      result.errors.lowercased().contains(message.lowercased()), "\(result.errors)")
  }

  @Test func whatTakesAllRowsIsRefused() throws {
    let result = try analyze(["--class-spectrum", "--part", "1/2", "--partial", "x"])
    #expect(result.exitCode == 64)
    #expect(
      result.errors
        == "error: the spectrum of each class takes all rows at once: an analysis in parts has them not\n"
    )
    #expect(!folder.names.contains("x"))
  }
}
