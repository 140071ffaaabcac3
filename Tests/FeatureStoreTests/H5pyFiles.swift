import Files
import FoundationEssentials
import TestSupport

/// Files as other people's programs write them: made by h5py, by the script that stands beside
/// their archive, and kept so that no Python is needed.
enum H5pyFiles {
  /// For what only h5py itself can do: reading our files, holding one open.
  static let environment = PythonEnvironment.with(["h5py"])

  /// The path of a file the script writes.
  static func path(_ name: String) throws -> String {
    if let failure { throw failure }
    return folder("\(name).h5")
  }

  /// The path of a file that is kept beside the tests.
  static func fixture(_ name: String) -> String {
    // …/Tests/FeatureStoreTests/H5pyFiles.swift
    URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/\(name)").path
  }

  private static let folder = TemporaryFolder()
  private static let failure: (any Error)? = {
    do {
      let archive = try ZipArchive(fixture("h5py-files.zip"))
      for name in archive.entryNames {
        folder.write(try archive.read(name, limit: 1 << 20), to: name)
      }
      return nil
    } catch { return error }
  }()

  static let rows = 50
  static let columns = 6

  /// Quarters in −7.5...7.5, which every float type holds exactly.
  static func value(_ row: Int, _ column: Int) -> Double {
    Double((row * 7 + column * 3) % 61 - 30) / 4
  }
}
