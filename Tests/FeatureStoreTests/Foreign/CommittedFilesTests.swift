import Arrays
import CollapseCore
import FeatureStore
import FoundationEssentials
import TestSupport
import Testing

/// Files that NumPy 2.4, safetensors 0.8 and PyTorch 2.15 wrote, kept as the fuzzers' first
/// inputs: the formats as they are, where no Python is at hand.
@Suite struct CommittedFilesTests {
  private static func path(_ name: String) -> String {
    // …/Tests/FeatureStoreTests/Foreign/CommittedFilesTests.swift
    var url = URL(filePath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.appending(path: "Fuzz/Corpus/\(name)").path
  }

  @Test(arguments: [
    "npy/c-f4.npy", "npy/fortran-f8.npy", "npy/big-f2.npy", "npy/bf16.npy", "npy/u2.npy",
    "npy/v2.npy", "safetensors/f.safetensors", "zip/stored.npz", "zip/deflated.npz",
    "zip/torch.pt", "legacy/plain.pt", "legacy/state.pt", "pickle-file/protocol2.pkl",
    "pickle-file/protocol4.pkl", "pickle-file/protocol5.pkl", "pickle-file/batches.pkl",
  ]) func featuresAreTheNumbersTheyWereMadeOf(name: String) throws {
    var options = FeatureFileOptions()
    options.uint16Meaning = .integer
    options.requiresLabels = false
    let file = try FeatureSet(Self.path(name), options: options)
    let rows = file.layers[0].rows
    #expect(rows.rowCount == 6 && rows.columnCount == 4)
    #expect(try rows.doubles(0..<6) == (0..<24).map { Double($0) })
    if !name.hasSuffix("npy") { #expect(try file.labels.all() == [0, 1, 2, 0, 1, 2]) }
  }
}
