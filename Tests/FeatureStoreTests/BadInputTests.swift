import Arrays
import CollapseCore
import FeatureStore
import Files
import TestSupport
import Testing

/// A file that must be refused, with these words after its path.
struct Refused: CustomTestStringConvertible, Sendable {
  let file: String
  let message: String
  var options = FeatureFileOptions()

  init(_ file: String, _ message: String, _ set: (inout FeatureFileOptions) -> Void = { _ in }) {
    self.file = file
    self.message = message
    set(&options)
  }

  var testDescription: String { file }
}

@Suite struct BadInputTests {
  static let opening = [
    Refused(
      "bad missing",
      ": it has no dataset 'labels'; it has '/h', '/deep/er/y': say which are the labels"),
    Refused("bad missing", ": it has no dataset '/x'; it has '/h', '/deep/er/y'") {
      $0.features = ["/x"]
    },
    Refused(
      "bad missing",
      ", dataset '/deep': it is a group, expected a dataset; it has '/h', '/deep/er/y'"
    ) { $0.features = ["deep"] },
    Refused(
      "bad no labels",
      ": it has no dataset 'labels'; it has '/classes', '/features': say which are the "
        + "labels"),
    Refused(
      "bad group",
      ", dataset '/features': it is a group, expected a dataset; it has '/labels', '/features/h'"),
    Refused(
      "bad empty",
      ": neither 'features' nor datasets named 'layers/…'; it has no datasets: say which are the "
        + "features"),
    Refused(
      "bad dangling",
      ", dataset '/features': it is a link to '/nowhere', which cannot be opened"),
    Refused(
      "bad link to a file",
      ", dataset '/layers/fc2': it is a link to '/x' of the file 'gone.h5', which cannot be opened"),
    Refused(
      "two features", ": 'embeddings' and 'X' may both be the features: say which"),
    Refused("bad rank 1", ", dataset '/features': expected features of shape N×d, found 50"),
    Refused(
      "bad rank 4",
      ", dataset '/features': expected features of shape N×d, found 50×2×3×1: choose to flatten "
        + "them, to pool them (mean over all positions), or tokens of sequences"),
    Refused("bad count", ", dataset '/labels': 49 labels for 50 rows of features"),
    Refused("bad rows", ", dataset '/features': it holds no features: its shape is 0×6"),
    Refused("bad columns", ", dataset '/features': it holds no features: its shape is 50×0"),
    Refused("bad layers", ", dataset '/layers/b': 49 rows, 'a' has 50"),
    Refused(
      "bad labels rank",
      ", dataset '/labels': expected labels of shape N or one-hot rows of shape N×C, found 50×3×1"),
    Refused(
      "bad labels text",
      ", dataset 'labels': row 49: 'cow' is none of the 3 class names"),
    Refused(
      "bad uint16",
      ", dataset '/features': it holds uint16, which may be integers or the bits of bfloat16: "
        + "say which"),
    Refused(
      "bad long double",
      ", dataset '/features': expected floats or integers, found floats of 128 bits in an unusual "
        + "layout"),
    Refused(
      "bad compound", ", dataset '/features': expected floats or integers, found compound values"),
    Refused(
      "bad scalar", ", dataset '/features': expected features of shape N×d, found a single value"),
    Refused("bad null", ", dataset '/features': it is empty"),
    Refused(
      "bad weights",
      ", dataset '/classifier/weight': expected weights of shape C×6, found 3×7"),
    Refused(
      "bad transposed",
      ", dataset '/classifier/weight': expected weights of shape C×6, found 6×3: they are stored "
        + "the other way round"),
    Refused(
      "bad weights rank",
      ", dataset '/classifier/weight': expected weights of shape C×6, found 3×6×2"),
    Refused(
      "bad bias", ", dataset '/classifier/bias': expected a bias of shape 3, found 4"),
    Refused("elsewhere", ": a bias 'b' without weights") {
      $0.features = ["a/h"]
      $0.labels = "a/t"
      $0.bias = "b"
    },
    Refused(
      "bad newer",
      ": collapse-features version 2 is newer than version 1, the newest this program reads"),
    Refused("bad other", ": it is a collapse-checkpoint file, expected collapse-features"),
    Refused("bad version", ": it is a collapse-features file without a version"),
    Refused(
      "bad unwritten",
      ", dataset '/features': 1200 bytes are declared, 0 are stored: the rows were never "
        + "written"),
    Refused(
      "bad half written",
      ", dataset '/features': 5 chunks are declared, 2 were written: the other rows "
        + "never were"),
    Refused("bad overflow", ", dataset '/features': its shape 4611686018427387904×4 overflows"),
    Refused(
      "bad bomb",
      ", dataset '/features': 68719476736 chunks are declared, 0 were written: the "
        + "other rows never were"),
    Refused(
      "bad virtual",
      ", dataset '/features': it is virtual: read the files it is made of, as shards of "
        + "one set"),
    Refused(
      "bad external",
      ", dataset '/features': its numbers are in another file, which is not followed"),
    Refused(
      "bad filter",
      ", dataset '/features': it is packed with the filter 307 '', which is not "
        + "installed: say in HDF5_PLUGIN_PATH where its plug-in is (that of Python's hdf5plugin is in "
        + "hdf5plugin.PLUGIN_PATH), or save the file again with h5py and compression='gzip'"),
  ]

  @Test(arguments: opening) func isRefusedOnOpening(_ refused: Refused) throws {
    let path = try H5pyFiles.path(refused.file)
    let error = #expect(throws: ArrayFileError.self) {
      try FeatureSet(path, options: refused.options)
    }
    #expect(error?.description == path + refused.message)
  }

  static let reading = [
    Refused(
      "bad labels negative",
      "row 0: label -1 is negative: it is no class, unless it stands for rows to be left out"),
    Refused(
      "bad labels fraction", "row 1: 0.5 is no label, expected a whole number in 0...2147483647"),
    Refused(
      "bad labels nan", "row 2: nan is no label, expected a whole number in 0...2147483647"),
    Refused(
      "bad labels order",
      "row 1: 72057594037927936 is no label, expected a whole number in 0...2147483647"),
    Refused(
      "bad labels huge",
      "row 0: 9223372036854775808 is no label, expected a whole number in 0...2147483647"),
    Refused("bad labels two ones", "row 0 is not one-hot: it holds 3 ones"),
    Refused("bad labels no one", "row 0 is not one-hot: it holds 0 ones"),
    Refused("bad labels soft", "row 0 is not one-hot: it holds 0.75"),
  ]

  @Test(arguments: reading) func labelsAreRefusedOnReading(_ refused: Refused) throws {
    let file = try FeatureSet(try H5pyFiles.path(refused.file))
    let error = #expect(throws: ArrayFileError.self) { try file.labels.all() }
    #expect(error?.description == "\(file.name), dataset '/labels': \(refused.message)")
    #expect(error?.kind == .badInput)
  }

  @Test func integersThatNoDoubleEqualsAreRefused() throws {
    let file = try FeatureSet(try H5pyFiles.path("bad integer"))
    let error = #expect(throws: ArrayFileError.self) { try file.layers[0].rows.doubles(3..<5) }
    #expect(
      error?.description == "\(file.name), dataset '/features': row 3: an integer beyond 53 bits "
        + "fits no float64 exactly")
  }

  static let checkpoints = [
    Refused(
      "checkpoint newer",
      ": collapse-checkpoint version 9 is newer than version 1, the newest this program reads"),
    Refused("checkpoint double", ", dataset '/parameters/w': expected float32, found float64"),
    Refused("bad newer", ": it is a collapse-features file, expected collapse-checkpoint"),
    Refused("layers", ": not a collapse-checkpoint file: it has no attribute 'format'"),
  ]

  @Test(arguments: checkpoints) func checkpointIsRefused(_ refused: Refused) throws {
    let path = try H5pyFiles.path(refused.file)
    let error = #expect(throws: ArrayFileError.self) { try CheckpointFile.read(path) }
    #expect(error?.description == path + refused.message)
  }
}
