import CollapseCore

extension Study {
  /// A name per run for a narrow table that has ``terminalAxes`` beside it:
  /// what tells runs apart besides, the names as they are where nothing shorter does.
  ///
  /// Runs are named by their fields, `network.widths-64_seed-1-9f2c01aa`, or by paths.
  var shortRunNames: [String] {
    let runs = report.runs
    let names = runs.map(\.name)
    let parts = withoutCommonFolders(names).map { $0.split(separator: "_").map(String.init) }
    guard runs.count > 1, let count = parts.first?.count, parts.allSatisfy({ $0.count == count })
    else { return names }
    let ownColumns = terminalAxes.map { "\($0.column.camelCase)-" }
    let kept = (0..<count).filter { place in
      let isColumn = parts.allSatisfy { own in
        ownColumns.contains { own[place].hasPrefix($0) } && place < count - 1
      }
      return !isColumn && Set(parts.map { $0[place] }).count > 1
    }
    let differing = parts.map { own in kept.map { own[$0] }.joined(separator: "_") }
    let withoutStamps = differing.map { Self.withoutStamp($0, ownColumns: ownColumns) }
    let short = [withoutStamps, differing].first { tellApart($0) } ?? names
    let cut = short.map { $0.count > 17 ? "…" + $0.suffix(16) : $0 }
    return tellApart(cut) ? cut : short
  }

  /// Whether each row of a table with these names can be told from the others.
  private func tellApart(_ names: [String]) -> Bool {
    let rows = zip(report.runs, names).map { run, name in
      [name] + terminalAxes.map { axis in value(run, axis)?.description ?? "" }
    }
    return names.allSatisfy { !$0.isEmpty } && Set(rows).count == rows.count
  }

  /// `seed-1` for `seed-1-9f2c01aa`: the end tells runs of other options apart.
  private static func withoutStamp(_ name: String, ownColumns: [String]) -> String {
    var fields = name.split(separator: "-")
    guard let last = fields.last, last.count == 8, last.allSatisfy(\.isHexDigit) else {
      return name
    }
    fields.removeLast()
    let rest = fields.joined(separator: "-")
    // A field with a column of its own: its stamp is what is left to call the run by.
    return ownColumns.contains { rest.hasPrefix($0) } || rest.isEmpty ? String(last) : rest
  }

  private func withoutCommonFolders(_ names: [String]) -> [String] {
    let folders = names.map { $0.split(separator: "/", omittingEmptySubsequences: false) }
    let shortest = folders.map(\.count).min() ?? 0
    let common = (0..<max(shortest - 1, 0)).prefix { place in
      folders.allSatisfy { $0[place] == folders[0][place] }
    }.count
    return folders.map { $0.dropFirst(common).joined(separator: "/") }
  }
}

extension String {
  /// `weightDecay` for `weight_decay`.
  fileprivate var camelCase: String {
    let words = split(separator: "_")
    return (words.first.map(String.init) ?? "")
      + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
