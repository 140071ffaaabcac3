import Files
import FoundationEssentials

/// What Pillow made of the same pictures; Goldens/make-goldens.py writes them.
enum Golden {
  static func bytes(_ name: String) throws -> [UInt8] {
    try FileContents.read(
      URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens/\(name)").path)
  }
}
