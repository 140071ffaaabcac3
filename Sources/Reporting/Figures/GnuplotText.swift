/// Text for gnuplot's commands.
///
/// Single quotes throughout: within double quotes gnuplot runs what stands in backquotes.
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
    "'\(markup.replacing("'", with: "''"))'"
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
