import CollapseCore
import Datasets
import Files
import FoundationEssentials

/// The bytes as the one image of a folder, PNG or JPEG as they show, read each way there is.
func fuzzImageFolder(_ bytes: [UInt8]) throws {
  try withFolder([("a/0.jpg", bytes)]) { folder in
    let whole = try? DatasetReader.read(folder)
    if let images = whole?["all"]?.images {
      // Streamed, the same bytes.
      let split = try DatasetReader.open(folder).splits[0]
      var pixels: [UInt8] = []
      _ = try split.forEachBlock(ReadingOptions()) { pixels += $0 }
      precondition(pixels == images.pixels)
    }
    let geometry = ImageGeometry(
      resize: .shorterSide(9), crop: ImageSize(width: 8, height: 7))
    let resized = try DatasetReader.read(
      folder, options: ReadingOptions(geometry: geometry, channels: 3))
    precondition(resized["all"]!.images.sampleShape == [3, 7, 8])
  }
}

/// The bytes as the table of labels of three images.
func fuzzImageList(_ bytes: [UInt8]) throws {
  let image = PNGImage(width: 1, height: 1, channels: 1, pixels: [7]).encoded()
  let images = ["0", "1", "x y"].map { ("train/\($0).png", image) }
  try withFolder(images + [("train.csv", bytes)]) { folder in
    let strict = Result { try DatasetReader.read(folder) }
    // What is read is read the same when bad lines may be left out.
    let lenient = try DatasetReader.read(folder, options: ReadingOptions(leavesOutBadFiles: true))
    if let strict = try? strict.get() {
      precondition(strict.splits.map(\.images) == lenient.splits.map(\.images))
    }
  }
}

/// Gives `body` a folder of these files, in memory where the system has such a folder.
private func withFolder(
  _ files: [(name: String, bytes: [UInt8])], _ body: (String) throws -> Void
) throws {
  let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
  let folder = "\(root)/collapse-fuzz-folder-\(ProcessInfo.processInfo.processIdentifier)"
  for (name, bytes) in files {
    let url = URL(filePath: "\(folder)/\(name)")
    try! FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try! Data(bytes).write(to: url)
  }
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}
