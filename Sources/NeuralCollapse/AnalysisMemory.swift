import LibC

/// What an analysis takes besides its blocks of rows: a dozen arrays of classes × features.
enum AnalysisMemory {
  /// - Throws: ``AnalysisError/classMemory(classes:dimension:bytes:available:)`` where that is more
  ///   than there is.
  static func check(_ analysis: Analysis, hasClassifier: Bool) throws {
    let classes = analysis.statistics.labels.count
    let bytes = 8 * classes * analysis.columns * (hasClassifier ? 9 : 7)
    let available = analysis.options.memoryLimit ?? physical
    guard bytes <= available else {
      throw AnalysisError.classMemory(
        classes: classes, dimension: analysis.columns, bytes: bytes, available: available)
    }
  }

  /// Bytes of the machine.
  static var physical: Int {
    Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
