import LibC

/// What an analysis takes besides its blocks of rows: a dozen arrays of classes × features.
enum AnalysisMemory {
  /// - Throws: ``AnalysisError/classMemory(classes:dimension:bytes:available:)`` where that is more
  ///   than there is.
  static func check(_ analysis: Analysis, hasClassifier: Bool) throws {
    try check(
      classes: analysis.statistics.labels.count, columns: analysis.columns,
      hasClassifier: hasClassifier, analysis.options)
  }

  static func check(
    classes: Int, columns: Int, hasClassifier: Bool, _ options: AnalysisOptions,
    blockRows: Int = 0
  ) throws {
    // As reals first: nobody says that the product is no larger than a whole number can be.
    let rows = Double(classes) * (hasClassifier ? 9 : 7) + Double(blockRows)
    let bytes = 8 * rows * Double(columns)
    let available = options.memoryLimit ?? physical
    guard bytes <= Double(available) else {
      throw AnalysisError.classMemory(
        classes: classes, dimension: columns, bytes: Int(min(bytes, 0x1p62)), available: available)
    }
  }

  /// Bytes of the machine.
  static var physical: Int {
    Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
