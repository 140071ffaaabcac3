import CHDF5
import LibC

/// h5py's LZF filter, which HDF5 itself does not have: number 32000.
///
/// Source: liblzf 3.6, `lzf_d.c`, for the format; h5py, `lzf_filter.c`, for its parameters (the
/// third is the size of a chunk).
enum LZFFilter {
  static let number: H5Z_filter_t = 32000

  /// The most bytes that come out of one: 264 of three.
  static let bestRatio = 88

  /// Makes the library unpack such chunks. Called once, under its lock.
  static func register() {
    var filter = H5Z_class2_t()
    filter.version = chdf5_filter_class_version()
    filter.id = number
    filter.encoder_present = 0
    filter.decoder_present = 1
    filter.name = UnsafePointer(strdup("lzf"))  // kept by the library
    filter.filter = { flags, parameterCount, parameters, count, capacity, buffer in
      guard flags & chdf5_filter_reverse() != 0, parameterCount > 2, let parameters,
        let packed = buffer?.pointee, let capacity
      else { return 0 }
      let size = Int(parameters[2])
      guard size > 0, size / LZFFilter.bestRatio <= count, let unpacked = calloc(1, size) else {
        return 0
      }
      let written = LZFFilter.unpack(
        UnsafeRawBufferPointer(start: packed, count: count),
        into: UnsafeMutableRawBufferPointer(start: unpacked, count: size))
      guard let written else {
        free(unpacked)
        return 0
      }
      free(packed)
      buffer?.pointee = unpacked
      capacity.pointee = size
      return written
    }
    H5Zregister(&filter)
  }

  /// Unpacks all of `packed`; the number of bytes that came out, or `nil` where it is damaged.
  static func unpack(
    _ packed: UnsafeRawBufferPointer, into unpacked: UnsafeMutableRawBufferPointer
  ) -> Int? {
    var (input, output) = (0, 0)
    while input < packed.count {
      let control = Int(packed[input])
      input += 1
      if control < 32 {
        // A run of bytes as they are.
        let length = control + 1
        guard length <= packed.count - input, length <= unpacked.count - output else { return nil }
        for index in 0..<length { unpacked[output + index] = packed[input + index] }
        input += length
        output += length
        continue
      }
      // A repetition of bytes that came out before, maybe of itself.
      var length = control >> 5
      if length == 7 {
        guard input < packed.count else { return nil }
        length += Int(packed[input])
        input += 1
      }
      length += 2
      guard input < packed.count else { return nil }
      let start = output - (control & 31) << 8 - Int(packed[input]) - 1
      input += 1
      guard start >= 0, length <= unpacked.count - output else { return nil }
      for index in 0..<length { unpacked[output + index] = unpacked[start + index] }
      output += length
    }
    return output
  }
}
