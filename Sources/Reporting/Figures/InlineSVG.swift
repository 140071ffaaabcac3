import Foundation

/// gnuplot's SVG, made fit to stand within a page: no size of its own, colours from the page's
/// variables, names that do not clash with those of other figures.
enum InlineSVG {
  /// - Parameters:
  ///   - svg: the file gnuplot wrote.
  ///   - name: unique in the page; letters, digits and hyphens.
  ///   - description: what a reader who cannot see it is told.
  ///   - inks: the colours that become variables.
  /// - Returns: `nil` where the file is not one of gnuplot's.
  static func text(
    _ svg: String, name: String, description: String, inks: [Palette.Ink]
  ) -> String? {
    let variables = inks.map { ("rgb(\(rgb($0.light)))", "var(--\($0.name))") }
    let lines = svg.split(separator: "\n").map { $0.drop { $0 == "\t" || $0 == " " } }
    guard let start = lines.firstIndex(of: "<g id=\"gnuplot_canvas\">"),
      let end = lines.lastIndex(of: "</svg>"), start < end,
      let viewBox = lines[..<start].first(where: { $0.hasPrefix("viewBox=\"") })
    else { return nil }
    var definitions: [Substring] = []
    var content: [String] = []
    for line in lines[(start + 1)..<end] {
      if isDefinition(line) {
        definitions.append(line)
      } else if !isSuperfluous(line) {
        append(recoloured(String(line), variables), to: &content)
      }
    }
    let body = content.joined(separator: "\n")
    let used = usedDefinitions(definitions, in: body).joined(separator: "\n")
    let prefixed = "<defs>\(recoloured(used, variables))</defs>\n<g>\n\(body)"
      .replacing("'#gpPt", with: "'#\(name)-").replacing("id='gpPt", with: "id='\(name)-")
      .replacing("'#gpDot", with: "'#\(name)-dot").replacing("id='gpDot", with: "id='\(name)-dot")
    return """
      <svg \(viewBox) role="img" aria-labelledby="\(name)-title">
      <title id="\(name)-title">\(description.escapedForHTML)</title>
      \(prefixed)
      </svg>
      """
  }

  /// The shapes of points, which gnuplot writes whether they are used or not.
  private static func isDefinition(_ line: Substring) -> Bool {
    line.contains("id='gpPt") || line.contains("id='gpDot'")
  }

  /// Only those that `body` draws, and those that these are made of.
  private static func usedDefinitions(_ all: [Substring], in body: String) -> [Substring] {
    var used: [Substring] = []
    var text = body
    for line in all.reversed() {
      guard let opening = line.range(of: "id='") else { continue }
      let name = line[opening.upperBound...].prefix { $0 != "'" }
      if text.contains("'#\(name)'") {
        used.insert(line, at: 0)
        text += line
      }
    }
    return used
  }

  private static func isSuperfluous(_ line: Substring) -> Bool {
    line.isEmpty || line == "<defs>" || line == "</defs>"
      || line.hasPrefix("<filter") || line.hasPrefix("</filter") || line.hasPrefix("<fe")
      || line.hasPrefix("<rect x=\"0\" y=\"0\"")
  }

  /// Adds a line, and takes a group back that turns out to be empty.
  private static func append(_ line: String, to lines: inout [String]) {
    if line == "</g>", let last = lines.last, last.hasPrefix("<g "), last.hasSuffix(">"),
      !last.contains("</")
    {
      lines.removeLast()
    } else {
      lines.append(line)
    }
  }

  private static func recoloured(_ line: String, _ inks: [(String, String)]) -> String {
    var result = line
    for (old, new) in replacements where result.contains(old) {
      result = result.replacing(old, with: new)
    }
    guard result.contains("rgb(") else { return result }
    for (old, new) in inks where result.contains(old) { result = result.replacing(old, with: new) }
    return result
  }

  private static let replacements: [(String, String)] = [
    (" color=\"black\"", ""), ("color=\"#FFFFFF\"", "color=\"var(--ground)\""),
    ("'#FFFFFF'", "'var(--ground)'"), ("fill=\"black\"", "fill=\"currentColor\""),
    ("stroke='black'", "stroke='currentColor'"), ("stroke=\"black\"", "stroke=\"currentColor\""),
    (" font-family=\"sans-serif\"", ""),
    (" stroke-width=\"1.00\" stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", ""),
    (" id=\"gnuplot_plot_", " data-plot=\""),
  ]

  /// As gnuplot writes the three parts of a colour: each three characters wide.
  private static func rgb(_ colour: Int) -> String {
    [16, 8, 0].map { shift in
      let digits = String(colour >> shift & 0xff)
      return String(repeating: " ", count: 3 - digits.count) + digits
    }.joined(separator: ", ")
  }
}

extension String {
  /// With the five characters replaced that HTML gives a meaning.
  var escapedForHTML: String {
    var escaped = ""
    for character in self {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
