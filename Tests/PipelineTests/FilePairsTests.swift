import Files
import Pipeline
import TestSupport
import Testing

/// Patterns of files, and files of labels that belong to files of features.
@Suite struct FilePairsTests {
  let folder = TemporaryFolder()

  private func touch(_ names: String...) { for name in names { folder.write([1], to: name) } }

  @Test func aFileOfThatNameIsMeantBeforeAPattern() {
    touch("feat[1].npz", "feat1.npz", "a*b.npz", "aab.npz", "q?.npz", "qq.npz")
    for name in ["feat[1].npz", "a*b.npz", "q?.npz"] {
      #expect(PathPattern(folder(name)).matches() == [folder(name)])
      #expect(!PathPattern(folder(name)).isPattern)
    }
    #expect(PathPattern(folder("feat[1-3].npz")).matches() == [folder("feat1.npz")])
    #expect(PathPattern(folder("*")).matches().count == 6)
  }

  static let pairs: [(features: String, labels: String)] = [
    ("rank?_h.npy", "rank?_y.npy"), ("rank[0-9]_h.npy", "rank[0-9]_y.npy"), ("*_h.npy", "*_y.npy"),
    ("**/rank*_h.npy", "**/rank*_y.npy"),
  ]

  @Test(arguments: pairs) func wildcardsPairThem(features: String, labels: String) throws {
    touch("rank0_h.npy", "rank1_h.npy", "rank2_h.npy", "rank2_y.npy", "rank1_y.npy", "rank0_y.npy")
    let pattern = PathPattern(folder(features))
    let pairs = try FilePairs(
      [pattern], pattern.matches(), with: PathPattern(folder(labels)))
    #expect(pairs.partners == (0..<3).map { folder("rank\($0)_y.npy") })
  }

  /// The shell has spelled out the pattern of the features.
  @Test func pathsPairByWhatTheyDifferIn() throws {
    touch("run/h-3.npy", "run/h-7.npy", "run/y-7.npy", "run/y-3.npy")
    let paths = [folder("run/h-7.npy"), folder("run/h-3.npy")]
    let pairs = try FilePairs(
      paths.map(PathPattern.init), paths, with: PathPattern(folder("run/y-*.npy")))
    #expect(pairs.partners == [folder("run/y-7.npy"), folder("run/y-3.npy")])
  }

  @Test func whatHasNoPartnerIsNamed() {
    touch("h0", "h1", "y0")
    let pattern = PathPattern(folder("h?"))
    func error() -> FileError? {
      #expect(throws: FileError.self) {
        try FilePairs([pattern], pattern.matches(), with: PathPattern(folder("y?")))
      }
    }
    #expect(
      error()?.description
        == "cannot pair '\(folder("h1"))': no file of '\(folder("y?"))' has the same wildcards")
    touch("y1", "y2")
    #expect(
      error()?.description
        == "cannot pair '\(folder("y2"))': it belongs to none of the 2 files of features")
  }
}
