import CollapseCore

/// Shares bytes between what the layers of a plan for inference give: an output is needed until the last
/// step that reads it has run.
struct ActivationArena {
  private var memories: [Memory] = []
  private var lives: [Packing.Life] = []

  /// How many arrays there are; those declared from now on have this number and the following ones.
  var count: Int { memories.count }

  /// An array that is first written by the step `step`, or later.
  mutating func declare(_ memory: Memory, at step: Int) {
    memories.append(memory)
    lives.append(Packing.Life(first: step, last: step, byteCount: memory.layout.byteCount))
  }

  /// Says that steps up to `step` use an array, or a view of one. Others, such as the network's input,
  /// are not of this arena.
  mutating func use(_ memory: Memory, at step: Int) {
    guard let index = index(of: memory) else { return }
    lives[index].last = max(lives[index].last, step)
  }

  /// Says that steps up to `step` use the arrays from number `first` on.
  mutating func use(from first: Int, at step: Int) {
    for index in first..<lives.count { lives[index].last = max(lives[index].last, step) }
  }

  /// Says that someone reads an array after the run.
  mutating func keep(_ memory: Memory) { use(memory, at: .max) }

  /// Whether an array is of this arena, and nobody reads it after the run.
  func isPassing(_ memory: Memory) -> Bool {
    index(of: memory).map { lives[$0].last < .max } ?? false
  }

  private func index(of memory: Memory) -> Int? {
    memories.firstIndex { $0.includes(memory) }
  }

  /// Places every array in `memory`.
  func settle(in memory: InferenceMemory) throws {
    guard !memories.isEmpty else { return }
    let packing = Packing(memory.isShared ? lives : lives.map(\.withoutEnd))
    let buffer = memory.buffer(.activations, packing.byteCount)
    for (memory, offset) in zip(memories, packing.offsets) {
      try memory.bind(to: buffer, offset: offset)
    }
  }
}

/// The memory that all plans of a network for inference run in, one plan at a time: what one left there
/// is gone when another has run.
final class InferenceMemory {
  /// Whether layers of a plan write over what others left.
  let isShared: Bool
  private var buffers: [Part: AlignedBuffer] = [:]
  private var preparedArrays: [PreparedArray] = []

  init(isShared: Bool) { self.isShared = isShared }

  enum Part: Hashable {
    case activations
    case pad(Int)
  }

  func prepared(
    _ purpose: String, from source: Memory, _ layout: Layout,
    _ make: @escaping (Memory) throws -> Void
  ) throws -> PreparedArray {
    let known = preparedArrays.first {
      $0.source === source && $0.purpose == purpose && $0.memory.layout.isSame(as: layout)
    }
    if let known { return known }
    let array = try PreparedArray(purpose, from: source, layout, make)
    preparedArrays.append(array)
    return array
  }

  /// Bytes of outputs, without working memory.
  var activationByteCount: Int { buffers[.activations]?.byteCount ?? 0 }

  /// At least `byteCount` bytes, the same as before where there are as many.
  func buffer(_ part: Part, _ byteCount: Int) -> AlignedBuffer {
    if let known = buffers[part], known.byteCount >= byteCount { return known }
    let buffer = AlignedBuffer(byteCount: byteCount)
    buffers[part] = buffer
    return buffer
  }
}
