import CollapseCore
import Networks

/// Where one image is cut and whether it is mirrored.
struct ImageChange {
  let dx: Int
  let dy: Int
  let isFlipped: Bool

  /// The change of a sample in an epoch, a function of the seed: the same whichever thread
  /// prepares it, before an interruption or after.
  init(_ augmentation: Augmentation, seed: UInt64, epoch: Int, sample: Int) {
    var generator = SeededGenerator(
      seed: seed &+ 0x9e37_79b9_7f4a_7c15 &* UInt64(epoch + 1) ^ UInt64(sample) << 24)
    let span = 2 * augmentation.cropPadding + 1
    dx = generator.index(below: span) - augmentation.cropPadding
    dy = generator.index(below: span) - augmentation.cropPadding
    isFlipped = augmentation.horizontalFlip && generator.next() >> 63 == 1
  }

  /// Applies the change to normalized planes of one image in place.
  func apply(
    to image: UnsafeMutableBufferPointer<Float>, shape: Shape,
    using copy: UnsafeMutableBufferPointer<Float>
  ) {
    let (height, width) = (shape[1], shape[2])
    _ = copy.update(fromContentsOf: image)
    for channel in 0..<shape[0] {
      let plane = channel * height * width
      for y in 0..<height {
        let row = y + dy
        for x in 0..<width {
          let column = (isFlipped ? width - 1 - x : x) + dx
          let isInside = row >= 0 && row < height && column >= 0 && column < width
          image[plane + y * width + x] = isInside ? copy[plane + row * width + column] : 0
        }
      }
    }
  }
}
