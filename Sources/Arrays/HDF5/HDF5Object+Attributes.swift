import CHDF5
public import CollapseCore

extension HDF5Object {
  /// The names of the attributes, in the library's order.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be read.
  public func attributeNames() throws(ArrayFileError) -> [String] {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let count = chdf5_attribute_count(id)
      guard count >= 0 else { throw failure("count the attributes") }
      var names: [String] = []
      for index in 0..<hsize_t(count) {
        names.append(
          try string("name an attribute") { buffer, size in
            H5Aget_name_by_idx(
              id, ".", H5_INDEX_NAME, H5_ITER_INC, index, buffer, size, chdf5_default())
          })
      }
      return names
    }
  }

  /// The value of an attribute; `nil` where there is none of the name, or its type is not one of
  /// text, number, truth value and list of texts.
  ///
  /// Text may be of fixed or variable length, ASCII or UTF-8; numbers of any width and order; a
  /// list of one number is that number.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be read, or states more than it holds.
  public func attribute(_ name: String) throws(ArrayFileError) -> AttributeValue? {
    try HDF5Library.locked { () throws(ArrayFileError) in
      guard H5Aexists(id, name) > 0 else { return nil }
      let what = "read attribute '\(name)'"
      let attribute = try HDF5Handle(
        owning: H5Aopen(id, name, chdf5_default()), closing: H5Aclose, or: failure(what))
      let type = try HDF5Handle(
        owning: H5Aget_type(attribute.id), closing: H5Tclose, or: failure(what))
      let space = try HDF5Handle(
        owning: H5Aget_space(attribute.id), closing: H5Sclose, or: failure(what))
      let count = Int(clamping: H5Sget_simple_extent_npoints(space.id))
      let isScalar = H5Sget_simple_extent_type(space.id) == H5S_SCALAR
      let (size, overflow) = count.multipliedReportingOverflow(by: H5Tget_size(type.id))
      // Whatever its header says, an attribute is no larger than its file.
      guard count >= 0, !overflow, size <= fileSize else {
        throw failure("\(what): \(count) elements are more than the file holds")
      }
      switch H5Tget_class(type.id) {
      case H5T_STRING:
        let texts = try texts(type.id, space.id, count: count, what) {
          H5Aread(attribute.id, type.id, $0)
        }
        return isScalar && texts.count == 1 ? .string(texts[0]) : .strings(texts)
      case H5T_INTEGER:
        guard count == 1 else { return nil }
        var value: Int64 = 0
        // Unsigned words beyond 63 bits, such as seeds, keep their bits.
        let isWord = H5Tget_sign(type.id) == H5T_SGN_NONE && H5Tget_size(type.id) == 8
        let memoryType = isWord ? chdf5_native_uint64() : chdf5_native_int64()
        try check(H5Aread(attribute.id, memoryType, &value), what)
        return .integer(value)
      case H5T_FLOAT:
        guard count == 1 else { return nil }
        var value = 0.0
        try check(H5Aread(attribute.id, chdf5_native_double(), &value), what)
        return .double(value)
      case H5T_ENUM:
        // h5py's truth values: an enumeration over int8, FALSE = 0 and TRUE = 1.
        guard count == 1, H5Tget_size(type.id) == 1 else { return nil }
        var value: UInt8 = 0
        try check(H5Aread(attribute.id, type.id, &value), what)
        return .boolean(value != 0)
      default: return nil
      }
    }
  }

  /// Whether there is an attribute of the name, of whatever type.
  public func hasAttribute(_ name: String) -> Bool {
    HDF5Library.locked { H5Aexists(id, name) > 0 }
  }

  /// The bytes of the file on disk.
  private var fileSize: Int {
    let file = H5Iget_file_id(id)
    guard file >= 0 else { return 0 }
    defer { H5Fclose(file) }
    var size = hsize_t(0)
    return H5Fget_filesize(file, &size) >= 0 ? Int(clamping: size) : 0
  }

  /// Creates an attribute, which h5py reads as a text, a number, a truth value or an array of texts.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written or has the attribute already.
  public func setAttribute(_ name: String, _ value: AttributeValue) throws(ArrayFileError) {
    switch value {
    case .string(let text): try write(name, [text], isScalar: true)
    case .integer(var value): try write(name, chdf5_native_int64(), dimension: nil, &value)
    case .double(var value): try write(name, chdf5_native_double(), dimension: nil, &value)
    case .boolean(let value):
      try HDF5Library.locked { () throws(ArrayFileError) in
        let type = try HDF5Object.booleanType(in: self)
        var byte: UInt8 = value ? 1 : 0
        try write(name, type.id, dimension: nil, &byte)
      }
    case .strings(let texts): try write(name, texts, isScalar: false)
    }
  }

  /// Writes texts of variable length, which h5py reads as `str`.
  private func write(
    _ name: String, _ texts: [String], isScalar: Bool
  ) throws(ArrayFileError) {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let type = try HDF5Object.textType(in: self)
      let units = texts.map { $0.utf8CString }
      // All texts end to end in one buffer, which the pointers point into.
      try units.flatMap { $0 }.withUnsafeBufferPointer { (joined) throws(ArrayFileError) in
        var pointers: [UnsafePointer<CChar>?] = []
        var offset = 0
        for text in units {
          pointers.append(joined.baseAddress! + offset)
          offset += text.count
        }
        if pointers.isEmpty { pointers.append(nil) }
        try pointers.withUnsafeBufferPointer { (pointers) throws(ArrayFileError) in
          try write(
            name, type.id, dimension: isScalar ? nil : texts.count, pointers.baseAddress!)
        }
      }
    }
  }

  private func write(
    _ name: String, _ type: hid_t, dimension: Int?, _ value: UnsafeRawPointer
  ) throws(ArrayFileError) {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let what = "write attribute '\(name)'"
      var extent = hsize_t(dimension ?? 0)
      let space = try HDF5Handle(
        owning: dimension == nil
          ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, nil),
        closing: H5Sclose, or: failure(what, kind: .cannotWrite))
      let attribute = try HDF5Handle(
        owning: H5Acreate2(id, name, type, space.id, chdf5_default(), chdf5_default()),
        closing: H5Aclose, or: failure(what, kind: .cannotWrite))
      try check(H5Awrite(attribute.id, type, value), what, kind: .cannotWrite)
    }
  }

  /// UTF-8 text of variable length, as h5py writes `str`.
  private static func textType(in object: HDF5Object) throws(ArrayFileError) -> HDF5Handle {
    let type = try HDF5Handle(
      owning: H5Tcopy(chdf5_c_string()), closing: H5Tclose,
      or: object.failure("make a text type", kind: .internalFailure))
    H5Tset_size(type.id, chdf5_variable_length())
    H5Tset_cset(type.id, H5T_CSET_UTF8)
    return type
  }

  /// Truth values as h5py writes `bool`.
  private static func booleanType(
    in object: HDF5Object
  ) throws(ArrayFileError) -> HDF5Handle {
    let type = try HDF5Handle(
      owning: H5Tenum_create(chdf5_native_int8()), closing: H5Tclose,
      or: object.failure("make a truth type", kind: .internalFailure))
    for (name, value) in [("FALSE", Int8(0)), ("TRUE", Int8(1))] {
      var value = value
      H5Tenum_insert(type.id, name, &value)
    }
    return type
  }
}
