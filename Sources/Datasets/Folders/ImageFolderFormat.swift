import CollapseCore
import Files

/// A folder of images per class: `root/<split>/<class>/*`, or `root/<class>/*`.
enum ImageFolderFormat: ImageFormat {
  static let expectation = "folders of PNG or JPEG images, one for each class"

  static func matches(_ place: DatasetPlace) throws -> Bool {
    guard place.file == nil else { return false }
    return try holdsImages(place, depth: 3)
  }

  /// Whether a folder `depth` or fewer below this one has a file that is named like an image.
  private static func holdsImages(_ place: DatasetPlace, depth: Int) throws -> Bool {
    guard depth > 0 else { return false }
    for name in place.contents.folders {
      let inner = try place.inner(name)
      if inner.contents.files.contains(where: ImageKind.isImage) { return true }
      if inner.contents.oddities.contains(where: { ImageKind.isImage($0.name) }) { return true }
      if try holdsImages(inner, depth: depth - 1) { return true }
    }
    return false
  }

  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset {
    try ImageFolderLayout(place, order: options.classOrder).files.open(options)
  }
}
