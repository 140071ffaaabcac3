/// The title of a panel: what it shows, and above it of which facet, where there are several.
struct PanelTitle {
  /// `sample/idx, mlp-256-128-64, learning rate 0.05`, or empty.
  var facet: String
  var text: String

  /// As many characters as stand in a line over a panel 400 pixels wide.
  private static let lineLength = 54

  /// In one line, for a reader who cannot see the panel.
  var description: String { facet.isEmpty ? text : "\(facet): \(text)" }

  /// gnuplot's commands: a line for each part, so that neither is cut at the picture's edge.
  var commands: [String] {
    let own = GnuplotText.literal(shortened(text, keepsEnd: false))
    guard !facet.isEmpty else { return ["set title \(own)"] }
    // What tells facets apart in the end, such as the learning rate, is kept.
    let above = GnuplotText.literal(shortened(facet, keepsEnd: true))
    return ["set title \(above).\"\\n\".\(own)", "set tmargin 3.2"]
  }

  private func shortened(_ line: String, keepsEnd: Bool) -> String {
    guard line.count > Self.lineLength else { return line }
    return keepsEnd
      ? "…" + line.suffix(Self.lineLength - 1) : line.prefix(Self.lineLength - 1) + "…"
  }
}
