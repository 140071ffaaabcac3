import CollapseCore
import Files
import FoundationEssentials

/// Which parts an experiment has, beside what was observed of them: `laboratory.json`.
struct LaboratoryManifest: Codable {
  struct Part: Codable {
    var name: String
    /// Of what was observed, in the same folder.
    var file: String
    /// Why it was left out.
    var obstacle: String?
  }

  var format = "collapse-laboratory-run"
  var version = 1
  var experiment: String
  var parts: [Part]

  /// - Throws: what is wrong with a file that is there.
  static func read(_ folder: RunFolder) throws -> LaboratoryManifest {
    let bytes = try FileContents.read(folder.laboratoryManifest)
    let manifest = try JSONDecoder().decode(LaboratoryManifest.self, from: Data(bytes))
    guard manifest.format == "collapse-laboratory-run", manifest.version == 1 else {
      throw FileError(
        kind: .badInput, operation: "read", path: folder.laboratoryManifest,
        reason: "it is not what this program writes")
    }
    return manifest
  }

  func write(to folder: RunFolder) throws {
    try AtomicFile.write(try JSONText.pretty(self) + "\n", to: folder.laboratoryManifest)
  }

  /// Parts that are observed or left out.
  func doneCount(in folder: RunFolder) -> Int {
    parts.count { part in
      part.obstacle != nil
        || FileManager.default.fileExists(atPath: "\(folder.path)/\(part.file)")
    }
  }
}

extension RunFolder {
  var laboratoryManifest: String { path + "/laboratory.json" }

  /// Whether it holds what an experiment of the laboratory observed.
  var isLaboratory: Bool { FileManager.default.fileExists(atPath: laboratoryManifest) }
}
