import CHDF5
import CollapseCore

extension HDF5Object {
  /// The texts of a dataset, of fixed or variable length; `nil` where it holds something else.
  func texts() throws(ArrayFileError) -> [String]? {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let type = try HDF5Handle(
        owning: H5Dget_type(id), closing: H5Tclose, or: failure("read its type"))
      guard H5Tget_class(type.id) == H5T_STRING else { return nil }
      let space = try HDF5Handle(
        owning: H5Dget_space(id), closing: H5Sclose, or: failure("read its shape"))
      let count = Int(clamping: H5Sget_simple_extent_npoints(space.id))
      let (size, overflow) = count.multipliedReportingOverflow(by: H5Tget_size(type.id))
      guard count >= 0, !overflow, size <= HDF5Object.mostTextBytes else {
        throw error("\(count) texts are more than can be read")
      }
      // Each chunk that was never written would read as empty texts.
      guard Int(clamping: H5Dget_storage_size(id)) > 0 || count == 0 else {
        throw error("\(count) texts are declared, none is stored")
      }
      return try texts(type.id, space.id, count: count, "read its texts") {
        H5Dread(id, type.id, chdf5_all(), chdf5_all(), chdf5_default(), $0)
      }
    }
  }

  /// 1 GiB of pointers or characters.
  private static let mostTextBytes = 1 << 30

  /// Texts of either type, which `read` puts into a buffer: of the dataset, or of an attribute.
  ///
  /// Called under the library's lock.
  func texts(
    _ type: hid_t, _ space: hid_t, count: Int, _ what: String,
    _ read: (UnsafeMutableRawPointer) -> herr_t
  ) throws(ArrayFileError) -> [String] {
    guard count > 0 else { return [] }
    if H5Tis_variable_str(type) > 0 {
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      try check(read(&pointers), what)
      let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
      H5Dvlen_reclaim(type, space, chdf5_default(), &pointers)
      return texts
    }
    let size = H5Tget_size(type)
    var units = [UInt8](repeating: 0, count: size * count)
    try check(read(&units), what)
    let padsWithSpaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD
    return (0..<count).map { index in
      var text = units[index * size..<(index + 1) * size].prefix { $0 != 0 }
      if padsWithSpaces { while text.last == 32 { text.removeLast() } }
      return String(decoding: text, as: UTF8.self)
    }
  }
}
