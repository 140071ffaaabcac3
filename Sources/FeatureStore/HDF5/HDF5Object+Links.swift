import CHDF5
import CollapseCore

extension HDF5Object {
  /// What a path in the file names.
  enum Child {
    case group(HDF5Object)
    case dataset(HDF5Object)
    /// A named type, or a link that leads nowhere.
    case other
  }

  /// The names in a group: in the order of their creation where the file tracks it, else sorted
  /// with numbers by value, so that `block2` comes before `block10`.
  func childNames() throws(FeatureStoreError) -> [String] {
    try HDF5Library.locked { () throws(FeatureStoreError) in
      var information = H5G_info_t()
      try check(H5Gget_info(id, &information), "list '\(path)'")
      let isOrdered = isCreationOrderIndexed
      var names: [String] = []
      for index in 0..<information.nlinks {
        names.append(
          try string("list '\(path)'") { buffer, size in
            H5Lget_name_by_idx(
              id, ".", isOrdered ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, index,
              buffer, size, chdf5_default())
          })
      }
      return isOrdered ? names : names.sorted(by: NumericOrder.precedes)
    }
  }

  /// Opens what `name` leads to; `nil` where a part of it does not exist.
  func child(_ name: String) throws(FeatureStoreError) -> Child? {
    try HDF5Library.locked { () throws(FeatureStoreError) in
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
      if prefix.isEmpty { return .other }
      let identifier = H5Oopen(id, prefix, chdf5_default())
      guard identifier >= 0 else {
        H5Eclear2(chdf5_default())
        return .other
      }
      let handle = try HDF5Handle(
        owning: identifier, closing: H5Oclose, or: failure("open '\(childPath)'"))
      let type = H5Iget_type(identifier)
      let object = HDF5Object(file: file, path: childPath, handle: handle)
      return type == H5I_GROUP ? .group(object) : type == H5I_DATASET ? .dataset(object) : .other
    }
  }

  /// Whether `name` is a link to an object of this file, not another name for one.
  func isHardLink(_ name: String) -> Bool {
    HDF5Library.locked { chdf5_is_hard_link(id, name) }
  }

  func isSameObject(as other: HDF5Object) -> Bool {
    HDF5Library.locked { chdf5_is_same_object(id, other.id) }
  }

  /// The paths of the datasets in the group and the groups in it, at most `limit`.
  func datasetPaths(limit: Int = 20) throws(FeatureStoreError) -> [String] {
    var paths: [String] = []
    var pending: [(group: HDF5Object, depth: Int)] = [(self, 0)]
    // A group may hold itself: the depth ends what the limit does not.
    while let (group, depth) = pending.popLast(), paths.count < limit {
      var inner: [(HDF5Object, Int)] = []
      for name in try group.childNames() where paths.count < limit {
        switch try group.child(name) {
        case .dataset(let dataset): paths.append(dataset.path)
        case .group(let child) where depth < 8 && inner.count < limit:
          inner.append((child, depth + 1))
        default: continue
        }
      }
      pending.append(contentsOf: inner.reversed())
    }
    return paths
  }

  @discardableResult
  func createGroup(_ name: String) throws(FeatureStoreError) -> HDF5Object {
    try HDF5Library.locked { () throws(FeatureStoreError) in
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
  func createSoftLink(_ name: String, to target: String) throws(FeatureStoreError) {
    try HDF5Library.locked { () throws(FeatureStoreError) in
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
  ) throws(FeatureStoreError) -> String {
    let length = call(nil, 0)
    guard length >= 0 else { throw failure(attempt()) }
    var units = [CChar](repeating: 0, count: length + 1)
    guard call(&units, units.count) >= 0 else { throw failure(attempt()) }
    return String(decoding: units.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
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
