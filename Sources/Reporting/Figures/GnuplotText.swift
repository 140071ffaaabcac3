/// Text for gnuplot's commands.
///
/// Single quotes around text: within double quotes gnuplot runs what stands in backquotes.
enum GnuplotText {
  /// `text` as a string literal that gnuplot shows as it is, enhanced mode or not.
  static func literal(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "{", "}", "@", "^", "_", "&", "~", "\\": escaped += "\\\(character)"
      case _ where character.isNewline: escaped += " "
      default: escaped.append(character)
      }
    }
    return quoted(escaped)
  }

  /// `markup` as a string literal that keeps gnuplot's marks for sub- and superscripts.
  static func quoted(_ markup: String) -> String {
    // gnuplot 5.4 takes the first two of three quotes for an empty string.
    guard !markup.hasPrefix("'") else { return "\"'\"." + quoted(String(markup.dropFirst())) }
    return "'\(markup.replacing("'", with: "''"))'"
  }

  /// The expression for two decimals of `column` within a coloured cell, as people write them:
  /// gprintf has the minus sign that sprintf lacks, and what rounds to zero has none.
  static func number(_ column: String) -> String {
    let value = "column('\(column)')"
    return "(gprintf('%.2f', abs(\(value))<0.005 ? 0 : \(value)))"
  }

  /// 10 to the power `exponent`.
  static func powerOfTen(_ exponent: Int) -> String {
    switch exponent {
    case 0: "1"
    case 1: "10"
    case let power where power < 0: "10^{−\(-power)}"
    default: "10^{\(exponent)}"
    }
  }
}
