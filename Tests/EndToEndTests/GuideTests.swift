import Files
import Foundation
import TestSupport
import Testing

/// What the README and the guide show at a terminal is run as it stands, on small data under the
/// names that the pages use.
@Suite(.serialized) struct GuideTests {
  private let folder = TemporaryFolder()

  private static let pages = [
    "README.md", "docs/data-sets.md", "docs/training.md", "docs/pipelines.md", "docs/curvature.md",
    "docs/feature-files.md",
  ]

  /// What runs the blocks of the other pages.
  private static let elsewhere = [
    "docs/architecture.md": "ArchitecturePageTests", "docs/checkpoints.md": "CheckpointPageTests",
    "docs/exporting.md": "scripts/check-exporting", "docs/install.md": "makeInstalls",
    "docs/many-machines.md": "ClusterPageTests", "docs/python.md": "python/tests/test_docs.py",
    "docs/swift.md": "theProgramIsTheExample",
  ]

  @Test(arguments: pages) func everyBlockRuns(page: String) throws {
    try prepare()
    let text = try String(
      contentsOfFile: CollapseCommand.projectRoot + "/" + page, encoding: .utf8)
    let blocks = text.components(separatedBy: "```sh\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    // Checkpoints of other frameworks have a page, and a test, of their own.
    let own = blocks.filter { !$0.contains("model.pt") }
    #expect(!own.isEmpty)
    for block in own {
      let outcome = try CollapseCommand.shell(
        block, in: folder.path, environment: ["COLLAPSE_DATA": folder("sets")])
      #expect(outcome.status == 0, "\(page):\n\(block)\(outcome.errors)")
    }
  }

  @Test func everyPageWithBlocksIsRun() throws {
    let docs = try FileManager.default.contentsOfDirectory(
      atPath: CollapseCommand.projectRoot + "/docs")
    let withBlocks = try docs.filter { $0.hasSuffix(".md") }.map { "docs/" + $0 }.filter {
      try Self.text($0).contains("```")
    }
    #expect(Set(withBlocks).isSubset(of: Self.pages + Self.elsewhere.keys))
  }

  /// What `make install` copies once it has built; what is built is the command that is tested.
  @Test(
    .enabled(
      if: ["make", "strip", "install"].allSatisfy { Subprocess.path($0) != nil },
      "needs make and strip"))
  func makeInstalls() throws {
    let block = try #require(
      Self.text("docs/install.md").components(separatedBy: "```\n").first {
        $0.hasPrefix("make install")
      })
    func files() -> Set<String> {
      let paths = FileManager.default.enumerator(atPath: folder("root"))?.allObjects ?? []
      return Set(
        paths.compactMap { $0 as? String }.filter { path in
          var isFolder: ObjCBool = false
          return FileManager.default.fileExists(
            atPath: folder("root/" + path), isDirectory: &isFolder) && !isFolder.boolValue
        })
    }
    for line in block.split(separator: "\n") {
      // As for a package, so that nothing of this machine is written to.
      let command =
        line.prefix { $0 != "#" }.replacing("make install", with: "make install-built")
        + " DESTDIR='\(folder("root"))' COLLAPSE='\(CollapseCommand.path)'"
      let outcome = try CollapseCommand.shell(
        "cd '\(CollapseCommand.projectRoot)' && \(command)", in: folder.path,
        environment: ["HOME": "/home/someone"])
      #expect(outcome.status == 0, "\(line): \(outcome.errors)")
      let prefix = line.contains("PREFIX") ? "home/someone/.local" : "usr/local"
      guard line.hasPrefix("make install") else { continue }
      for file in [
        "bin/collapse", "share/man/man1/collapse.1", "share/man/man1/collapse-analyze.1",
        "share/bash-completion/completions/collapse", "share/zsh/site-functions/_collapse",
        "share/fish/vendor_completions.d/collapse.fish",
      ] {
        #expect(files().contains("\(prefix)/\(file)"), "\(line): \(file)")
      }
      let installed = try Subprocess.run(
        folder("root/\(prefix)/bin/collapse"), ["explain", "nc1_pinv"])
      #expect(installed.status == 0 && installed.output.contains("nc1_pinv"))
    }
    #expect(files().filter { $0.hasPrefix("home/") } == [], "make uninstall")
  }

  /// Which is compiled with the other examples.
  @Test func theProgramIsTheExample() throws {
    let page = try Self.text("docs/swift.md").components(separatedBy: "```swift\n")
    let shown = try #require(page.last).components(separatedBy: "```")[0]
    let example = try Self.text("Examples/Sources/measure-features/main.swift")
    let lines = Set(example.split(separator: "\n").map { $0.split(separator: "  //")[0] })
    for line in shown.replacing("\"features.h5\"", with: "CommandLine.arguments[1]")
      .split(separator: "\n")
    {
      #expect(lines.contains(line.split(separator: "  //")[0]), "\(line)")
    }
    let command = try #require(page.last?.firstMatch(of: /```sh\n(.*)\n```/)).output.1
    #expect(try Self.text(".ci/run").contains(command))
  }

  private static func text(_ name: String) throws -> String {
    try String(contentsOfFile: CollapseCommand.projectRoot + "/" + name, encoding: .utf8)
  }

  /// Data sets under the names of real ones, feature files of two splits, and a study.
  private func prepare() throws {
    let sample = CollapseCommand.projectRoot + "/data/sample"
    let files = FileManager.default
    try files.createDirectory(atPath: folder("sets/mnist"), withIntermediateDirectories: true)
    for name in ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"] {
      for split in ["train", "t10k"] {
        try files.createSymbolicLink(
          atPath: folder("sets/mnist/\(split)-\(name)"),
          withDestinationPath: "\(sample)/idx/train-\(name)")
      }
    }
    let features = SmallFeatures(labels: (0..<300).map { Int32($0 % 3) })
    for split in ["train", "test"] { try features.write(folder("\(split).h5"), rows: 0..<300) }
    for rank in 0..<2 {
      let labels = (0..<30).map { Int64($0 % 3) }
      var rows: [Float] = []
      for row in 0..<30 {
        for column in 0..<4 {
          let noise = Float((7 * row + column + rank) % 5) / 10
          rows.append(row % 3 == column ? 2 + noise : noise)
        }
      }
      let (h, y) = (NPYWriter.file(rows, [30, 4]), NPYWriter.file(labels))
      folder.write(h, to: "rank\(rank)_h.npy")
      folder.write(y, to: "rank\(rank)_y.npy")
      folder.write(
        ZipWriter([.init("features.npy", h), .init("labels.npy", y)]).bytes, to: "rank\(rank).npz")
    }
    folder.write(
      Array(
        """
        name: study
        dataset: { train: { path: \(sample)/idx }, shaping: { perClass: 10 } }
        network: { kind: mlp, widths: [8] }
        training: { epochs: 2, batchSize: 50 }
        features: { splits: [train] }
        grid: { training.weightDecay: [0, 1e-3] }
        """.utf8), to: "study.yaml")
    let images = (0..<40).map { index in
      [UInt8(index % 10)] + [UInt8](repeating: UInt8(index), count: 3072)
    }
    for name in ["data_batch_1", "test_batch"] {
      folder.write(images.flatMap { $0 }, to: "sets/cifar-10/\(name).bin")
    }
  }
}
