import CHDF5
import CollapseCore
import Files

/// How the numbers of a dataset are laid out in its file, as the library tells it.
///
/// Made and used under the library's lock.
struct HDF5Storage {
  private enum Layout {
    case compact
    case contiguous
    /// With the shape of a chunk and the number of chunks.
    case chunked([Int], count: Int)
  }

  private let object: HDF5Object
  private let space: hid_t
  private let shape: [Int]
  private let element: ElementType
  private let layout: Layout
  private let hasFilters: Bool

  /// - Throws: where the file holds less than it declares, or holds it elsewhere.
  init(
    _ object: HDF5Object, space: hid_t, shape: [Int], element: ElementType
  ) throws(ArrayFileError) {
    self.object = object
    self.space = space
    self.shape = shape
    self.element = element
    let creation = try HDF5Handle(
      owning: H5Dget_create_plist(object.id), closing: H5Pclose,
      or: object.failure("read its layout"))
    let filterCount = H5Pget_nfilters(creation.id)
    hasFilters = filterCount != 0
    switch H5Pget_layout(creation.id) {
    case H5D_COMPACT: layout = .compact
    case H5D_CONTIGUOUS:
      guard H5Pget_external_count(creation.id) == 0 else {
        throw object.error("its numbers are in another file, which is not followed")
      }
      layout = .contiguous
    case H5D_CHUNKED:
      var sizes = [hsize_t](repeating: 0, count: shape.count)
      var count = hsize_t(0)
      try object.check(
        H5Pget_chunk(creation.id, Int32(shape.count), &sizes), "read its layout")
      try object.check(H5Dget_num_chunks(object.id, space, &count), "count its chunks")
      layout = .chunked(sizes.map { Int(clamping: $0) }, count: Int(clamping: count))
    case H5D_VIRTUAL:
      throw object.error("it is virtual: read the files it is made of, as shards of one set")
        .asking(.shards)
    default: throw object.error("its layout is unknown")
    }
    try checkStoredSize(
      bestRatio: try HDF5Storage.bestRatio(object, creation.id, filterCount))
  }

  /// Whether every number declared was written, as far as sizes tell.
  ///
  /// - Parameter bestRatio: how many bytes can come of one; `nil` where nobody knows.
  private func checkStoredSize(bestRatio: Int?) throws(ArrayFileError) {
    let declared = Shape.elementCount(of: shape + [element.size])!
    let stored = Int(clamping: H5Dget_storage_size(object.id))
    switch layout {
    case .compact, .contiguous:
      guard stored >= declared else {
        throw object.error(
          "\(declared) bytes are declared, \(stored) are stored: the rows were never written")
      }
    case .chunked(let sizes, let count):
      let expected = Shape.elementCount(
        of: zip(shape, sizes).map { $0 / max(1, $1) + ($0 % max(1, $1) == 0 ? 0 : 1) })!
      guard count >= expected else {
        throw object.error(
          "\(expected) chunks are declared, \(count) were written: the other rows never were")
      }
      // A chunk is unpacked whole, so it is its size that must be believable.
      let chunkBytes = Shape.elementCount(of: sizes + [element.size, max(1, count)])
      let most = bestRatio.map { ratio in
        let (most, overflow) = stored.multipliedReportingOverflow(by: ratio)
        return overflow ? .max : most
      }
      guard let chunkBytes, chunkBytes <= most ?? .max else {
        throw object.error(
          "its chunks declare \(chunkBytes.map(String.init) ?? "too many") bytes, which cannot "
            + "come from the \(stored) stored")
      }
    }
  }

  /// Where the rows lie, or `nil` where reading must go through the library: for packed chunks,
  /// chunks that hold parts of rows, many chunks (their places take long to list), and files
  /// that begin with a user block.
  func extents() throws(ArrayFileError) -> StoredExtents? {
    let rowBytes = shape.dropFirst().reduce(element.size, *)
    guard rowBytes > 0, let rows = shape.first, rows > 0, !hasFilters, let file = openFile() else {
      return nil
    }
    switch layout {
    case .compact: return nil
    case .contiguous:
      let offset = H5Dget_offset(object.id)
      guard offset != chdf5_undefined_address(), let start = Int(exactly: offset) else {
        return nil
      }
      return StoredExtents(
        file, rowByteCount: rowBytes, rowCount: shape[0], rowsPerExtent: shape[0], starts: [start])
    case .chunked(let sizes, let count):
      guard sizes[0] > 0, Array(sizes.dropFirst()) == Array(shape.dropFirst()),
        count <= chdf5_quickly_listed_chunks()
      else { return nil }
      var chunks = [chdf5_chunk](repeating: chdf5_chunk(), count: count)
      try object.check(
        chdf5_get_chunks(object.id, space, hsize_t(count), &chunks), "list its chunks")
      var starts = [Int?](repeating: nil, count: (shape[0] - 1) / sizes[0] + 1)
      for chunk in chunks {
        let extent = Int(clamping: chunk.first_row) / sizes[0]
        if extent < starts.count { starts[extent] = Int(exactly: chunk.address) }
      }
      guard !starts.contains(nil) else { return nil }
      return StoredExtents(
        file, rowByteCount: rowBytes, rowCount: shape[0], rowsPerExtent: sizes[0],
        starts: starts.map { $0! })
    }
  }

  /// A descriptor of the file the dataset is in, which a link may have made another than the one
  /// that was opened.
  private func openFile() -> RandomAccessFile? {
    let file = H5Iget_file_id(object.id)
    guard file >= 0 else { return nil }
    defer { H5Fclose(file) }
    let creation = H5Fget_create_plist(file)
    guard creation >= 0 else { return nil }
    defer { H5Pclose(creation) }
    // Addresses count from the end of the user block in some releases and from byte 0 in others.
    var userBlock = hsize_t(0)
    guard H5Pget_userblock(creation, &userBlock) >= 0, userBlock == 0 else { return nil }
    var handle: UnsafeMutableRawPointer?
    guard H5Fget_vfd_handle(file, chdf5_default(), &handle) >= 0, let handle else { return nil }
    return RandomAccessFile(
      duplicating: handle.assumingMemoryBound(to: Int32.self).pointee, path: object.file)
  }

  /// How many bytes can come of one in packed chunks: 1 where they are not packed, `nil` where a
  /// filter is at work whose best is not known.
  ///
  /// - Throws: where they are packed by a filter that is not installed.
  private static func bestRatio(
    _ object: HDF5Object, _ creation: hid_t, _ count: Int32
  ) throws(ArrayFileError) -> Int? {
    var best: Int? = 1
    for index in 0..<UInt32(max(0, count)) {
      var (flags, parameterCount, configuration) = (UInt32(0), 0, UInt32(0))
      var name = [CChar](repeating: 0, count: 64)
      let filter = H5Pget_filter2(
        creation, index, &flags, &parameterCount, nil, name.count, &name, &configuration)
      guard filter >= 0, H5Zfilter_avail(filter) > 0 else {
        H5Eclear2(chdf5_default())
        throw object.error(
          "it is packed with the filter \(filter) '\(String(hdf5: name))', which is not installed: "
            + "say in HDF5_PLUGIN_PATH where its plug-in is (that of Python's hdf5plugin is in "
            + "hdf5plugin.PLUGIN_PATH), or save the file again with h5py and compression='gzip'")
      }
      switch filter {
      case H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32: break
      // deflate packs 1032 bytes into one, and ends each chunk with a few more.
      case H5Z_FILTER_DEFLATE: best = best.map { $0 * 1040 }
      case LZFFilter.number: best = best.map { $0 * LZFFilter.bestRatio }
      default: best = nil
      }
      // More than this many times over is as good as not known.
      if let known = best, known > 1 << 24 { best = nil }
    }
    return best
  }
}
