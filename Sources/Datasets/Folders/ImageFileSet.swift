import CollapseCore
import Files
import Synchronization

/// Image files with their labels, split by split: what folders of classes and lists of labels
/// both come to.
struct ImageFileSet {
  struct Split {
    let name: String
    var paths: [String]
    var labels: [Int32]
  }

  let root: String
  let classNames: [String]
  let splits: [Split]
  /// What was found that cannot be an image.
  let faults: [DatasetError]
  var notes: [String] = []

  /// Of more files than this, one bad header is not taken as a reason to decode all of them.
  private static let mostChecked = 20_000

  func open(_ options: ReadingOptions) throws -> OpenDataset {
    let kept = Atomic(0)
    let opened = try splits.map {
      try ImageFiles.open($0.paths, threads: options.threads, kept: kept)
    }
    var faults: [any Error] = self.faults
    for case .failure(let error) in opened.joined() { faults.append(error) }
    let good = opened.map { $0.compactMap { try? $0.get() } }
    let headers = good.joined().map(\.header)
    guard !headers.isEmpty else { throw BadFiles.error(faults) }
    let size = try commonSize(good, options.geometry)
    func sources(_ isUsed: (_ split: Int, _ position: Int) -> Bool) -> [ImageFiles] {
      let isColor = good.indices.contains { split in
        good[split].indices.contains {
          good[split][$0].header.channels == 3 && isUsed(split, $0)
        }
      }
      let channels = max(options.channels ?? 1, isColor ? 3 : 1)
      return good.map {
        ImageFiles(
          files: $0, geometry: options.geometry, sampleShape: [channels, size.height, size.width])
      }
    }
    // Which files cannot be decoded, beside those whose header is bad already.
    var bad = good.map { _ in Set<Int>() }
    if options.leavesOutBadFiles || !faults.isEmpty && headers.count <= Self.mostChecked {
      for (split, source) in sources({ _, _ in true }).enumerated() {
        for fault in try source.faults(threads: options.threads) {
          faults.append(fault.error)
          bad[split].insert(fault.position)
        }
      }
    }
    guard faults.isEmpty || options.leavesOutBadFiles else { throw BadFiles.error(faults) }
    let used = sources { !bad[$0].contains($1) }
    let result = splits.indices.map { split in
      let labels = zip(splits[split].labels, opened[split]).compactMap { label, file in
        (try? file.get()).map { _ in label }
      }
      let positions = labels.indices.filter { !bad[split].contains($0) }
      let images = StreamedImages(
        used[split], labels: labels, classNames: classNames, threads: options.threads)
      return OpenSplit(
        name: splits[split].name,
        images: positions.count == labels.count ? images : images.selecting(positions),
        files: .perImage(used[split].files.map(\.path)))
    }
    guard result.contains(where: { $0.images.count > 0 }) else { throw BadFiles.error(faults) }
    return OpenDataset(
      format: headers.allSatisfy { $0.kind == .png } ? .png : .images, splits: result,
      leftOut: faults.map { "\($0)" }, notes: notes)
  }

  /// The size of all images, or the one they are brought to.
  private func commonSize(
    _ files: [[ImageFiles.Opened]], _ geometry: ImageGeometry
  ) throws(DatasetError) -> ImageSize {
    for file in files.joined() {
      if let problem = geometry.problem(with: file.header.size) {
        throw DatasetError(file: file.path, problem: problem, kind: .usage, remedy: .resize)
      }
    }
    if let size = geometry.commonSize { return size }
    let first = files.joined().first!
    let size = geometry.outputSize(of: first.header.size)
    let others = files.joined().filter { geometry.outputSize(of: $0.header.size) != size }
    if others.isEmpty { return size }
    let few = others.prefix(3).map { "'\($0.path)' \($0.header.size)" }.joined(separator: ", ")
    throw DatasetError(
      file: root,
      problem: "expected images of one size, \(first.header.size) as in '\(first.path)', "
        + "found \(others.count) of another: \(few)\(others.count > 3 ? ", …" : ""); "
        + "resize them to read them together", remedy: .resize)
  }
}

extension DatasetFormat {
  /// A folder of PNG files per class.
  public static let png = DatasetFormat(name: "png")
  /// A folder of images per class, PNG and JPEG.
  public static let images = DatasetFormat(name: "images")
}
