import CHDF5

extension ElementType {
  /// How numbers of the HDF5 type `type` are stored; `nil` for what is none of the formats.
  ///
  /// An enumeration, which is how h5py stores truth values, is read as its integers. Called under
  /// the library's lock.
  init?(hdf5 type: hid_t) {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_INTEGER:
      guard H5Tget_precision(type) == size * 8, H5Tget_offset(type) == 0 else { return nil }
      let isSigned = H5Tget_sign(type) == H5T_SGN_2
      switch size {
      case 1: format = isSigned ? .int8 : .uint8
      case 2: format = isSigned ? .int16 : .uint16
      case 4: format = isSigned ? .int32 : .uint32
      case 8: format = isSigned ? .int64 : .uint64
      default: return nil
      }
    case H5T_FLOAT:
      guard let float = ElementType.floatFormat(type, size) else { return nil }
      format = float
    case H5T_ENUM:
      let base = H5Tget_super(type)
      defer { H5Tclose(base) }
      guard H5Tget_class(base) == H5T_INTEGER, let integers = ElementType(hdf5: base) else {
        return nil
      }
      self = integers
      return
    default: return nil
    }
    switch H5Tget_order(type) {
    case H5T_ORDER_LE: isBigEndian = false
    case H5T_ORDER_BE: isBigEndian = true
    default: return nil
    }
  }

  /// What `type` is, for an error that refuses it.
  static func name(ofRefused type: hid_t) -> String {
    let bits = H5Tget_size(type) * 8
    return switch H5Tget_class(type) {
    case H5T_INTEGER: "integers of \(bits) bits in an unusual layout"
    case H5T_FLOAT: "floats of \(bits) bits in an unusual layout"
    case H5T_STRING: "text"
    case H5T_COMPOUND: "compound values"
    case H5T_VLEN: "lists of different length"
    case H5T_ARRAY: "arrays"
    case H5T_OPAQUE: "opaque bytes"
    case H5T_REFERENCE: "references"
    case H5T_BITFIELD: "bit fields"
    default: "values of an unknown type"
    }
  }

  /// Tells floats apart by the places of their fields, not by their size alone.
  private static func floatFormat(_ type: hid_t, _ size: Int) -> Format? {
    var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
    guard
      H5Tget_fields(type, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0,
      H5Tget_norm(type) == H5T_NORM_IMPLIED, mantissa == 0, H5Tget_offset(type) == 0
    else { return nil }
    let bias = H5Tget_ebias(type)
    return switch (size, sign, exponent, exponentSize, mantissaSize, bias) {
    case (2, 15, 10, 5, 10, 15): .float16
    case (2, 15, 7, 8, 7, 127): .bfloat16
    case (4, 31, 23, 8, 23, 127): .float32
    case (8, 63, 52, 11, 52, 1023): .float64
    default: nil
    }
  }
}
