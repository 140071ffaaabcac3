import CollapseCore
import Files

/// The images of a table: where each is, and its class.
struct ImageList {
  struct Row {
    let path: String
    let className: String
  }

  let rows: [Row]
  /// Files that are named and not there, and images that are there and not named.
  let faults: [DatasetError]
  /// Which columns were taken.
  let note: String

  private static let labelColumns: Set<String> = [
    "label", "labels", "class", "classes", "class_name", "classname", "category", "target",
    "breed", "species", "diagnosis", "class_id", "label_id", "y",
  ]

  /// `nil` for a table without labels: of one column, as for images that are to be classified.
  ///
  /// - Throws: ``DatasetError`` where no column names files, or several columns may be the labels.
  init?(_ table: CSVTable, _ file: String, _ images: DatasetPlace) throws(DatasetError) {
    let names = images.contents.files.filter(ImageKind.isImage)
    // With and without their suffix.
    var known: [String: String] = [:]
    for name in names {
      known[name] = name
      known[String(name[..<name.lastIndex(of: ".")!])] = name
    }
    func named(_ field: String) -> String? {
      known[field] ?? known[String(field.split(separator: "/").last ?? "")]
    }
    let counts = table.header.indices.map { column in
      table.rows.count { named($0[column]) != nil }
    }
    guard let most = counts.max(), most > 0, let fileColumn = counts.firstIndex(of: most) else {
      throw DatasetError(
        file: file,
        problem: "expected a column with the names of the images in '\(images.folder)', found none "
          + "among \(ClassNames.list(table.header))")
    }
    guard counts.count(where: { $0 == most }) == 1 else {
      throw DatasetError(
        file: file,
        problem: "columns "
          + ClassNames.list(counts.indices.filter { counts[$0] == most }.map { table.header[$0] })
          + " name the images of '\(images.folder)' equally well")
    }
    let others = table.header.indices.filter { $0 != fileColumn }
    if others.isEmpty { return nil }
    let likely = others.filter { Self.labelColumns.contains(table.header[$0].lowercased()) }
    let candidates = likely.isEmpty ? others : likely
    guard candidates.count == 1 else {
      throw DatasetError(
        file: file,
        problem: "the labels may be in columns "
          + ClassNames.list(candidates.map { table.header[$0] })
          + "; leave one of them, or call it 'label'")
    }
    let labelColumn = candidates[0]
    var rows: [Row] = []
    var faults: [DatasetError] = []
    var used: [String: Int] = [:]
    for (fields, line) in zip(table.rows, table.lines) {
      let field = fields[fileColumn]
      guard let name = named(field) else {
        faults.append(
          DatasetError(
            file: file, location: "line \(line)",
            problem: "there is no image '\(field)' in '\(images.folder)'"))
        continue
      }
      if let first = used.updateValue(line, forKey: name) {
        throw DatasetError(
          file: file, location: "line \(line)",
          problem: "the image '\(name)' stands in line \(first) already")
      }
      guard !fields[labelColumn].isEmpty else {
        throw DatasetError(
          file: file, location: "line \(line)", problem: "expected a label, found none")
      }
      rows.append(Row(path: images.path(of: name), className: fields[labelColumn]))
    }
    faults += names.filter { used[$0] == nil }.inNaturalOrder().map {
      DatasetError(file: images.path(of: $0), problem: "has no line in '\(file)'")
    }
    faults += images.contents.oddities.filter { ImageKind.isImage($0.name) }.map {
      DatasetError(file: images.path(of: $0.name), problem: "is \($0.problem)")
    }
    self.rows = rows
    self.faults = faults
    note =
      "\(file): files are named by column '\(table.header[fileColumn])', labels are column "
      + "'\(table.header[labelColumn])'"
  }
}
