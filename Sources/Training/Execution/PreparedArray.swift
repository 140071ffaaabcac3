import CollapseCore

/// An array made of parameters as plans for inference want them, made anew when parameters have changed.
final class PreparedArray {
  let memory: Memory
  /// What of, and to what end: equal arrays of several plans are one.
  let source: Memory
  let purpose: String
  private let make: (Memory) throws -> Void
  /// Of the store, when it was made.
  private var revision: Int?

  init(
    _ purpose: String, from source: Memory, _ layout: Layout,
    _ make: @escaping (Memory) throws -> Void
  ) throws {
    (self.purpose, self.source, self.make) = (purpose, source, make)
    memory = try Memory(layout)
  }

  func prepare(_ store: ParameterStore) throws {
    guard revision != store.revision else { return }
    try make(memory)
    revision = store.revision
  }
}
