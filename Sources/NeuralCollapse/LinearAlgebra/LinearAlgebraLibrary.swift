import COpenBLAS

/// The BLAS and LAPACK under this room.
public enum LinearAlgebraLibrary {
  /// As OpenBLAS names itself, with the kernels it chose: `0.3.21 SkylakeX`.
  public static var version: String {
    let words = String(cString: BLAS.library.get_config()!).split(separator: " ")
    let number = words.dropFirst().first ?? ""
    return "\(number) \(String(cString: BLAS.library.get_corename()!))"
  }
}
