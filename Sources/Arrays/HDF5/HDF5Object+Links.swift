import CHDF5
import CollapseCore

extension HDF5Object {
  /// What a path in the file names.
  public enum Child {
    /// A group, open.
    case group(HDF5Object)
    /// A dataset, open.
    case dataset(HDF5Object)
    /// What cannot be opened, or is neither, in words: a link that leads nowhere, a named type.
    case other(String)
  }

  /// The names in a group: in the order of their creation where the file tracks it, else sorted
  /// with numbers by value, so that `block2` comes before `block10`.
  ///
  /// - Throws: ``ArrayFileError`` where the group cannot be read.
  public func childNames() throws(ArrayFileError) -> [String] {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let isOrdered = isCreationOrderIndexed
      var names: [String] = []
      // One walk: asking for names by their position takes time with the square of their number.
      let status = withUnsafeMutablePointer(to: &names) {
        chdf5_list_links(
          id, isOrdered,
          { name, context in
            guard let name, let context else { return }
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          }, $0)
      }
      try check(status, "list '\(path)'")
      return isOrdered ? names : names.sorted(by: NumericOrder.precedes)
    }
  }

  /// Opens what `name` leads to; `nil` where a part of it does not exist.
  ///
  /// - Throws: ``ArrayFileError`` where the library fails; what cannot be opened is
  ///   ``Child/other(_:)``.
  public func child(_ name: String) throws(ArrayFileError) -> Child? {
    try HDF5Library.locked { () throws(ArrayFileError) in
      // H5Lexists fails where an inner part is missing, so each part is asked for by itself.
      var prefix = ""
      for part in name.split(separator: "/") {
        prefix += (prefix.isEmpty ? "" : "/") + part
        guard H5Lexists(id, prefix, chdf5_default()) > 0 else {
          H5Eclear2(chdf5_default())
          return nil
        }
      }
      let childPath = (path == "/" ? "" : path) + "/" + prefix
      if prefix.isEmpty { return .other("it is the file itself, expected a dataset") }
      let identifier = H5Oopen(id, prefix, chdf5_default())
      guard identifier >= 0 else {
        let trace = HDF5Library.drainErrors().map { ": \($0)" } ?? ""
        return .other(
          linkTarget(prefix).map { "it is a link to \($0), which cannot be opened" }
            ?? "HDF5 \(HDF5Version.linked) cannot open it\(trace); a newer one may have written it")
      }
      let handle = try HDF5Handle(
        owning: identifier, closing: H5Oclose, or: failure("open '\(childPath)'"))
      let type = H5Iget_type(identifier)
      let object = HDF5Object(file: file, path: childPath, handle: handle)
      return type == H5I_GROUP
        ? .group(object)
        : type == H5I_DATASET ? .dataset(object) : .other("it is a type, expected a dataset")
    }
  }

  /// Where a soft or an external link leads, for a message.
  private func linkTarget(_ name: String) -> String? {
    var bytes = [CChar](repeating: 0, count: 4096)
    switch chdf5_link_target(id, name, &bytes, bytes.count) {
    case 1: return "'\(String(hdf5: bytes))'"
    case 2:
      // The file and the path in it, one behind the other.
      let file = bytes.prefix { $0 != 0 }
      return "'\(String(hdf5: bytes[file.endIndex.advanced(by: 1)...]))' of the file "
        + "'\(String(hdf5: file))'"
    default: return nil
    }
  }

  /// Whether `name` is a link to an object of this file, not another name for one.
  public func isHardLink(_ name: String) -> Bool {
    HDF5Library.locked { chdf5_is_hard_link(id, name) }
  }

  /// Whether both are one object in the file, under whatever paths they were opened.
  public func isSameObject(as other: HDF5Object) -> Bool {
    HDF5Library.locked { chdf5_is_same_object(id, other.id) }
  }

  /// The paths of the datasets in the group and the groups in it, at most `limit`.
  ///
  /// Of groups without datasets no more than some thousand are looked into, of links to elsewhere
  /// none.
  func datasetPaths(limit: Int = 20) throws(ArrayFileError) -> [String] {
    var paths: [String] = []
    var looks = 0
    var pending: [(group: HDF5Object, depth: Int)] = [(self, 0)]
    // A group may hold itself: the depth and the number of looks end what the limit does not.
    while let (group, depth) = pending.popLast(), paths.count < limit {
      var inner: [(HDF5Object, Int)] = []
      for name in try group.childNames() where paths.count < limit && looks < 1 << 16 {
        looks += 1
        switch try group.child(name) {
        case .dataset(let dataset): paths.append(dataset.path)
        case .group(let child) where depth < 8 && inner.count < 2048:
          inner.append((child, depth + 1))
        default: continue
        }
      }
      pending.append(contentsOf: inner.reversed())
    }
    return paths
  }

  /// Creates a group in this one, whose members keep the order of their creation.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written or holds the name already.
  @discardableResult
  public func createGroup(_ name: String) throws(ArrayFileError) -> HDF5Object {
    try HDF5Library.locked { () throws(ArrayFileError) in
      let what = "create group '\(name)'"
      let creation = try HDF5Handle(
        owning: H5Pcreate(chdf5_group_creation_class()), closing: H5Pclose,
        or: failure(what, kind: .cannotWrite))
      H5Pset_link_creation_order(creation.id, chdf5_creation_order())
      H5Pset_obj_track_times(creation.id, false)
      let handle = try HDF5Handle(
        owning: H5Gcreate2(id, name, chdf5_default(), creation.id, chdf5_default()),
        closing: H5Gclose, or: failure(what, kind: .cannotWrite))
      return HDF5Object(file: file, path: (path == "/" ? "" : path) + "/" + name, handle: handle)
    }
  }

  /// Makes `name` another name for `target`.
  ///
  /// - Throws: ``ArrayFileError`` where the file cannot be written.
  public func createSoftLink(_ name: String, to target: String) throws(ArrayFileError) {
    try HDF5Library.locked { () throws(ArrayFileError) in
      try check(
        H5Lcreate_soft(target, id, name, chdf5_default(), chdf5_default()),
        "create link '\(name)'", kind: .cannotWrite)
    }
  }

  private var isCreationOrderIndexed: Bool {
    var flags: UInt32 = 0
    // The file's own list does not say it for the root group.
    let group = H5Gopen2(id, ".", chdf5_default())
    guard group >= 0 else { return false }
    defer { H5Gclose(group) }
    let creation = H5Gget_create_plist(group)
    guard creation >= 0 else { return false }
    defer { H5Pclose(creation) }
    return H5Pget_link_creation_order(creation, &flags) >= 0
      && chdf5_order_is_indexed(flags) != 0
  }

  /// Asks for a name twice, first for its length.
  func string(
    _ attempt: @autoclosure () -> String,
    _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int
  ) throws(ArrayFileError) -> String {
    let length = call(nil, 0)
    guard length >= 0 else { throw failure(attempt()) }
    var units = [CChar](repeating: 0, count: length + 1)
    guard call(&units, units.count) >= 0 else { throw failure(attempt()) }
    return String(decoding: units.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension String {
  /// Text that ends with a zero, or with its bytes.
  init(hdf5 units: some Sequence<CChar>) {
    self.init(
      decoding: units.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path without slashes at its ends.
  var trimmingSlashes: String { split(separator: "/").joined(separator: "/") }
}

/// An order of names in which digits count by their value and letters by their code, the same in
/// every locale.
enum NumericOrder {
  static func precedes(_ first: String, _ second: String) -> Bool {
    var (a, b) = (Substring(first).utf8, Substring(second).utf8)
    while let x = a.first, let y = b.first {
      if isDigit(x), isDigit(y) {
        let (m, n) = (number(&a), number(&b))
        if m.count != n.count { return m.count < n.count }
        if m != n { return m.lexicographicallyPrecedes(n) }
      } else {
        if x != y { return x < y }
        a.removeFirst()
        b.removeFirst()
      }
    }
    return a.isEmpty && (!b.isEmpty || first.utf8.lexicographicallyPrecedes(second.utf8))
  }

  private static func isDigit(_ unit: UInt8) -> Bool { unit >= 48 && unit <= 57 }

  /// Takes the digits at the front, without leading zeros.
  private static func number(_ text: inout Substring.UTF8View) -> [UInt8] {
    let digits = text.prefix(while: isDigit)
    text.removeFirst(digits.count)
    return Array(digits.drop { $0 == 48 })
  }
}
