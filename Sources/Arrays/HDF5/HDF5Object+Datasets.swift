import CHDF5
import CollapseCore

extension HDF5Object {
  /// Opens the dataset at `path` for reading.
  ///
  /// - Throws: ``ArrayFileError`` that lists what is there where `path` is not.
  public func dataset(_ path: String) throws(ArrayFileError) -> HDF5Dataset {
    switch try child(path) {
    case .dataset(let object):
      guard let cacheSize = try object.chunkCacheSize() else { return try HDF5Dataset(object) }
      object.close()  // the first to open a dataset sets its cache
      return try HDF5Dataset(try openDataset(path, cacheSize: cacheSize))
    case .group(let group):
      throw ArrayFileError(
        file: file, location: "dataset '\(group.path)'",
        problem: "it is a group, expected a dataset\(HDF5Source(self).listing)")
    case .other(let reason):
      throw ArrayFileError(
        file: file, location: "dataset '/\(path.trimmingSlashes)'", problem: reason)
    case nil:
      throw ArrayFileError(
        file: file, problem: "it has no dataset '\(path)'\(HDF5Source(self).listing)")
    }
  }

  /// The memory, in bytes, that keeps the chunks which neighbouring rows share; `nil` where the
  /// library's 1 MiB will do.
  ///
  /// Chunks beyond it would be read and unpacked anew for every block of rows.
  private func chunkCacheSize() throws(ArrayFileError) -> Int? {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let creation = try HDF5Handle(
        owning: H5Dget_create_plist(id), closing: H5Pclose, or: failure("read its layout"))
      guard H5Pget_layout(creation.id) == H5D_CHUNKED else {
        return nil
      }
      let space = try HDF5Handle(
        owning: H5Dget_space(id), closing: H5Sclose, or: failure("read its shape"))
      let type = try HDF5Handle(
        owning: H5Dget_type(id), closing: H5Tclose, or: failure("read its type"))
      let rank = max(0, Int(H5Sget_simple_extent_ndims(space.id)))
      var chunk = [hsize_t](repeating: 0, count: rank)
      var shape = chunk
      guard H5Pget_chunk(creation.id, Int32(rank), &chunk) == Int32(rank),
        H5Sget_simple_extent_dims(space.id, &shape, nil) == Int32(rank)
      else { return nil }
      // The chunks across one row, for four readers, within bounds; in floating point because
      // the extents are not to be trusted yet.
      var size = 4 * Double(H5Tget_size(type.id))
      for (axis, extent) in chunk.enumerated() {
        let count = axis == 0 ? 1 : (Double(shape[axis]) / Double(max(1, extent))).rounded(.up)
        size *= count * Double(extent)
      }
      return size <= 0x1p20 ? nil : Int(min(size, 0x1p28))
    }
  }

  private func openDataset(
    _ path: String, cacheSize: Int
  ) throws(ArrayFileError) -> HDF5Object {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let access = try HDF5Handle(
        owning: H5Pcreate(chdf5_dataset_access_class()), closing: H5Pclose,
        or: failure("set the cache of '\(path)'"))
      H5Pset_chunk_cache(access.id, 12_421, cacheSize, 1)
      let handle = try HDF5Handle(
        owning: H5Dopen2(id, path, access.id), closing: H5Dclose, or: failure("open '\(path)'"))
      return HDF5Object(file: file, path: path, handle: handle)
    }
  }
}
