import CHDF5
import CollapseCore

/// A dataset open for reading: its shape, how its numbers are stored, and the bytes of any rows.
///
/// A row is everything at one position of the first axis. Rows are read as they are stored;
/// ``ElementType`` turns them into numbers. Several threads may read at once: where the rows lie
/// plainly in the file they are read past the library, else one thread at a time goes through it.
public final class HDF5Dataset: StoredArray {
  /// The dataset in its file, for its attributes and its place in messages.
  public let object: HDF5Object
  /// The extent of each axis, none for a single value; their product is known to fit an `Int`.
  public let shape: [Int]
  public let element: ElementType
  /// Where the rows lie, when they can be read past the library.
  private let extents: StoredExtents?

  /// Bytes per row.
  public let rowByteCount: Int

  /// Checks what the file says of the dataset against what it holds.
  ///
  /// - Throws: ``ArrayFileError`` where they disagree, or it holds neither floats nor integers.
  public init(_ object: HDF5Object) throws(ArrayFileError) {
    self.object = object
    let (shape, element, extents) = try HDF5Library.locked {
      () throws(ArrayFileError) -> ([Int], ElementType, StoredExtents?) in
      let space = try HDF5Handle(
        owning: H5Dget_space(object.id), closing: H5Sclose, or: object.failure("read its shape"))
      let type = try HDF5Handle(
        owning: H5Dget_type(object.id), closing: H5Tclose, or: object.failure("read its type"))
      let shape = try HDF5Dataset.shape(space.id, object)
      guard let element = ElementType(hdf5: type.id) else {
        throw object.error(
          "expected floats or integers, found \(ElementType.name(ofRefused: type.id))")
      }
      let storage = try HDF5Storage(object, space: space.id, shape: shape, element: element)
      return (shape, element, try storage.extents())
    }
    self.shape = shape
    self.element = element
    self.extents = extents
    rowByteCount = shape.dropFirst().reduce(element.size, *)
  }

  /// Whether reading goes past the library.
  var isReadDirectly: Bool { extents != nil }

  /// Fills `buffer` with the bytes of `rows`.
  ///
  /// - Precondition: `rows` lies in `0..<rowCount`, and `buffer` has their size.
  /// - Throws: where the file cannot be read.
  public func read(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount)
    precondition(buffer.count == rows.count * rowByteCount)
    guard buffer.count > 0 else { return }
    if let extents {
      try extents.read(rows, into: buffer)
    } else {
      try readThroughLibrary(rows, into: buffer)
    }
  }

  /// NumPy has no bfloat16: its bits are stored as uint16, and an attribute says so.
  ///
  /// - Throws: ``ArrayFileError`` where the attribute cannot be read.
  public func isMarkedBFloat16() throws(ArrayFileError) -> Bool {
    try object.attribute("dtype") == .string("bfloat16")
  }

  public func error(_ problem: String) -> ArrayFileError { object.error(problem) }

  private func readThroughLibrary(
    _ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws(ArrayFileError) {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let what = "read rows \(rows)"
      let type = try HDF5Handle(
        owning: H5Dget_type(object.id), closing: H5Tclose, or: object.failure(what))
      let fileSpace = try HDF5Handle(
        owning: H5Dget_space(object.id), closing: H5Sclose, or: object.failure(what))
      guard !shape.isEmpty else {
        return try object.check(
          H5Dread(
            object.id, type.id, chdf5_all(), chdf5_all(), chdf5_default(), buffer.baseAddress),
          what)
      }
      var start = shape.map { _ in hsize_t(0) }
      start[0] = hsize_t(rows.lowerBound)
      var count = shape.map { hsize_t($0) }
      count[0] = hsize_t(rows.count)
      let memorySpace = try HDF5Handle(
        owning: H5Screate_simple(Int32(count.count), count, nil), closing: H5Sclose,
        or: object.failure(what))
      try object.check(
        H5Sselect_hyperslab(fileSpace.id, H5S_SELECT_SET, start, nil, count, nil), what)
      // The type of the file on both sides: no conversion, which the library does slowly.
      try object.check(
        H5Dread(
          object.id, type.id, memorySpace.id, fileSpace.id, chdf5_default(), buffer.baseAddress),
        what)
    }
  }

  private static func shape(
    _ space: hid_t, _ object: HDF5Object
  ) throws(ArrayFileError) -> [Int] {
    let rank = H5Sget_simple_extent_ndims(space)
    guard H5Sget_simple_extent_type(space) != H5S_NULL else { throw object.error("it is empty") }
    guard rank > 0 else { return [] }
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    try object.check(H5Sget_simple_extent_dims(space, &dimensions, nil), "read its shape")
    let shape = dimensions.compactMap { Int(exactly: $0) }
    // Eight bytes per number is the most there can be.
    guard shape.count == dimensions.count, Shape.elementCount(of: shape + [8]) != nil else {
      throw object.error(
        "its shape \(dimensions.map(String.init).joined(separator: "×")) overflows")
    }
    return shape
  }
}
