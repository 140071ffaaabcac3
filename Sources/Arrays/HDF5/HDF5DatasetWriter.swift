import CHDF5
import CollapseCore

/// Numbers that are written to HDF5 as they are in memory.
public protocol StorableNumber: BitwiseCopyable {
  /// The format in the file, in the byte order of this machine.
  static var storedFormat: ElementType.Format { get }
}

extension Float: StorableNumber { public static var storedFormat: ElementType.Format { .float32 } }
extension Double: StorableNumber { public static var storedFormat: ElementType.Format { .float64 } }
extension UInt8: StorableNumber { public static var storedFormat: ElementType.Format { .uint8 } }
extension Int32: StorableNumber { public static var storedFormat: ElementType.Format { .int32 } }
extension Int64: StorableNumber { public static var storedFormat: ElementType.Format { .int64 } }

extension StorableNumber {
  /// The library's own type, under its lock.
  fileprivate static var hdf5Type: hid_t {
    switch storedFormat {
    case .float32: chdf5_native_float()
    case .float64: chdf5_native_double()
    case .uint8: chdf5_native_uint8()
    case .int32: chdf5_native_int32()
    case .int64: chdf5_native_int64()
    default: preconditionFailure("\(storedFormat) is not written")
    }
  }
}

/// A dataset of `Element` being written, row after row.
public final class HDF5DatasetWriter<Element: StorableNumber> {
  private let object: HDF5Object
  /// The extent of each axis of a row.
  private let rowShape: [Int]
  private let isExtensible: Bool
  /// Rows written so far.
  public private(set) var rowCount = 0

  /// Creates the dataset `name` in `group`: of `rowCount` rows, or growing where that is `nil`.
  ///
  /// Rows go in chunks of whole rows; about 4 MiB, so that even a file of 10 GB has few enough
  /// chunks to find quickly, and 1 MiB where few rows may come.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public init(
    _ name: String, in group: HDF5Object, rowShape: [Int], rowCount: Int?
  ) throws(ArrayFileError) {
    self.rowShape = rowShape
    isExtensible = rowCount == nil
    let rowBytes = max(1, rowShape.reduce(MemoryLayout<Element>.size, *))
    let rowsPerChunk =
      rowCount.map { max(1, min($0, (4 << 20) / rowBytes)) } ?? max(1, (1 << 20) / rowBytes)
    // A chunk has no empty axis; nothing is stored where there are no numbers.
    let isEmpty = rowShape.contains(0) || rowCount == 0
    let dimensions = ([rowCount ?? 0] + rowShape).map { hsize_t($0) }
    let limits = isExtensible ? [chdf5_unlimited()] + dimensions.dropFirst() : dimensions
    let chunk = ([rowsPerChunk] + rowShape).map { hsize_t($0) }
    object = try HDF5Library.locked { () throws(ArrayFileError) in
      let what = "create dataset '\(name)'"
      let creation = try HDF5Handle(
        owning: H5Pcreate(chdf5_dataset_creation_class()), closing: H5Pclose,
        or: group.failure(what, kind: .cannotWrite))
      H5Pset_obj_track_times(creation.id, false)
      H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER)
      if !isEmpty { H5Pset_chunk(creation.id, Int32(chunk.count), chunk) }
      let space = try HDF5Handle(
        owning: H5Screate_simple(Int32(dimensions.count), dimensions, limits), closing: H5Sclose,
        or: group.failure(what, kind: .cannotWrite))
      let handle = try HDF5Handle(
        owning: H5Dcreate2(
          group.id, name, Element.hdf5Type, space.id, chdf5_default(), creation.id,
          chdf5_default()),
        closing: H5Dclose, or: group.failure(what, kind: .cannotWrite))
      return HDF5Object(
        file: group.file, path: (group.path == "/" ? "" : group.path) + "/" + name, handle: handle)
    }
  }

  /// Numbers per row.
  public var rowElementCount: Int { rowShape.reduce(1, *) }

  /// Writes the next rows.
  ///
  /// - Precondition: `values` holds whole rows, no more than were declared.
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func append(_ values: UnsafeBufferPointer<Element>) throws(ArrayFileError) {
    let count = rowElementCount == 0 ? 0 : values.count / rowElementCount
    precondition(count * rowElementCount == values.count)
    guard count > 0 else { return }
    try HDF5Library.locked { () throws(ArrayFileError) in
      let what = "write rows \(rowCount)..<\(rowCount + count)"
      let total = ([rowCount + count] + rowShape).map { hsize_t($0) }
      if isExtensible {
        try object.check(H5Dset_extent(object.id, total), what, kind: .cannotWrite)
      }
      let extent = ([count] + rowShape).map { hsize_t($0) }
      var start = extent.map { _ in hsize_t(0) }
      start[0] = hsize_t(rowCount)
      let fileSpace = try HDF5Handle(
        owning: H5Dget_space(object.id), closing: H5Sclose,
        or: object.failure(what, kind: .cannotWrite))
      let memorySpace = try HDF5Handle(
        owning: H5Screate_simple(Int32(extent.count), extent, nil), closing: H5Sclose,
        or: object.failure(what, kind: .cannotWrite))
      try object.check(
        H5Sselect_hyperslab(fileSpace.id, H5S_SELECT_SET, start, nil, extent, nil), what,
        kind: .cannotWrite)
      try object.check(
        H5Dwrite(
          object.id, Element.hdf5Type, memorySpace.id, fileSpace.id, chdf5_default(),
          values.baseAddress),
        what, kind: .cannotWrite)
    }
    rowCount += count
  }

  /// Writes the next rows.
  ///
  /// - Precondition: `values` holds whole rows, no more than were declared.
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func append(_ values: [Element]) throws(ArrayFileError) {
    try values.withUnsafeBufferPointer { (values) throws(ArrayFileError) in try append(values) }
  }

  /// Closes the dataset, as the file's own closing needs; flush the file before.
  public func close() { object.close() }
}

extension HDF5Object {
  /// Writes a whole dataset of any shape, in one piece.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func writeDataset<Element: StorableNumber>(
    _ name: String, shape: [Int], _ values: [Element]
  ) throws(ArrayFileError) {
    precondition(values.count == shape.reduce(1, *))
    try HDF5Library.locked { () throws(ArrayFileError) in
      let what = "write dataset '\(name)'"
      let dimensions = shape.map { hsize_t($0) }
      let creation = try HDF5Handle(
        owning: H5Pcreate(chdf5_dataset_creation_class()), closing: H5Pclose,
        or: failure(what, kind: .cannotWrite))
      H5Pset_obj_track_times(creation.id, false)
      let space = try HDF5Handle(
        owning: shape.isEmpty
          ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), dimensions, nil),
        closing: H5Sclose, or: failure(what, kind: .cannotWrite))
      let dataset = try HDF5Handle(
        owning: H5Dcreate2(
          id, name, Element.hdf5Type, space.id, chdf5_default(), creation.id, chdf5_default()),
        closing: H5Dclose, or: failure(what, kind: .cannotWrite))
      guard !values.isEmpty else { return }
      try values.withUnsafeBufferPointer { (values) throws(ArrayFileError) in
        try check(
          H5Dwrite(
            dataset.id, Element.hdf5Type, chdf5_all(), chdf5_all(), chdf5_default(),
            values.baseAddress),
          what, kind: .cannotWrite)
      }
      // Small datasets wait in memory until here.
      guard dataset.close() else { throw failure(what, kind: .cannotWrite) }
    }
  }
}
