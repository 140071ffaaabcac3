import CollapseCore

/// Shares bytes between gradients that are never needed at the same time.
///
/// A gradient is written by the steps backward of the layers that use an activation and read by
/// those of the layer that made it, so in a chain of any length two buffers are enough.
struct GradientArena {
  private struct Life {
    let memory: Memory
    /// Index of the layer that made the activation: the last to need the gradient.
    var producer: Int
    /// Index of the last layer that uses the activation: the first to write the gradient.
    var consumer: Int
  }

  private var lives: [Life] = []

  mutating func declare(_ memory: Memory, producer: Int, consumer: Int) {
    lives.append(Life(memory: memory, producer: producer, consumer: consumer))
  }

  /// Lengthens a life to the steps of an earlier layer.
  mutating func keep(_ memory: Memory, until producer: Int) {
    guard let index = lives.firstIndex(where: { $0.memory === memory }) else { return }
    lives[index].producer = min(lives[index].producer, producer)
  }

  mutating func use(_ memory: Memory, at consumer: Int) {
    guard let index = lives.firstIndex(where: { $0.memory === memory }) else { return }
    lives[index].consumer = max(lives[index].consumer, consumer)
  }

  /// Places every gradient, each in the smallest buffer that is free and large enough.
  func settle() throws {
    struct Slot {
      var byteCount: Int
      /// The buffer is free for lives that end before this layer.
      var freeBelow: Int
      var tenants: [Memory]
    }
    var slots: [Slot] = []
    for life in lives.sorted(by: { $0.consumer > $1.consumer }) {
      let size = life.memory.layout.byteCount
      let free = slots.indices.filter { slots[$0].freeBelow > life.consumer }
      let fitting = free.filter { slots[$0].byteCount >= size }
      if let best = fitting.min(by: { slots[$0].byteCount < slots[$1].byteCount })
        ?? free.max(by: { slots[$0].byteCount < slots[$1].byteCount })
      {
        slots[best].byteCount = max(slots[best].byteCount, size)
        slots[best].freeBelow = life.producer
        slots[best].tenants.append(life.memory)
      } else {
        slots.append(Slot(byteCount: size, freeBelow: life.producer, tenants: [life.memory]))
      }
    }
    for slot in slots {
      let buffer = AlignedBuffer(byteCount: slot.byteCount)
      for memory in slot.tenants { try memory.bind(to: buffer) }
    }
  }
}
