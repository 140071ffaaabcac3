/// One way in which images and their labels lie on a disk.
///
/// A new one is a file with a type like this and a line in ``DatasetReader/formats``.
protocol ImageFormat: Sendable {
  /// What must be there, as a phrase for whoever has something else: "IDX files (…)".
  static var expectation: String { get }

  /// Whether names, or the first bytes of a file, say that this is the format.
  static func matches(_ place: DatasetPlace) throws -> Bool

  /// Finds the splits, their labels and where each image is. Images are not decoded.
  ///
  /// - Throws: an error that names the file, the place in it, what was expected and found.
  static func open(_ place: DatasetPlace, _ options: ReadingOptions) throws -> OpenDataset
}
