extension Double {
  /// The one spelling of numbers that machines read: the fewest digits that read back as the same
  /// value, whole numbers without a point, small ones with the power of ten where that is shorter:
  /// `9`, `0.05`, `5e-3`, `1.25e-5`, `1e20`. NaN and infinities are `nan`, `inf` and `-inf`.
  public var shortestText: String {
    guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
    if magnitude < 0x1p53, self == rounded() {
      return self == 0 && sign == .minus ? "-0" : String(Int(self))
    }
    // Swift finds the shortest digits: `0.005`, `1.25e-05`, `1e+20`.
    let sign = self < 0 ? "-" : ""
    let parts = magnitude.description.split(separator: "e")
    let number = parts[0].split(separator: ".")
    let whole = String(number[0])
    let fraction = number.count > 1 && number[1] != "0" ? String(number[1]) : ""
    let leading = (whole + fraction).prefix { $0 == "0" }.count
    let digits = String(
      (whole + fraction).dropFirst(leading).reversed().drop { $0 == "0" }.reversed())
    // The value is 0.d₁d₂… · 10^exponent.
    let exponent = (parts.count > 1 ? Int(parts[1]) ?? 0 : 0) + whole.count - leading
    if exponent > 0, exponent <= 17 {
      let padded = digits + String(repeating: "0", count: max(0, exponent - digits.count))
      let tail = padded.dropFirst(exponent)
      return sign + padded.prefix(exponent) + (tail.isEmpty ? "" : "." + tail)
    }
    let plain = exponent > 0 ? nil : "0." + String(repeating: "0", count: -exponent) + digits
    let power =
      digits.prefix(1) + (digits.count > 1 ? "." + digits.dropFirst() : "") + "e\(exponent - 1)"
    if let plain, plain.count <= power.count { return sign + plain }
    return sign + power
  }
}
