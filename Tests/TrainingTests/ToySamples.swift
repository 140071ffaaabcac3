import CollapseCore

/// Small data that a small network can learn.
enum ToySamples {
  /// Points around one random centre per class.
  static func clusters(
    count: Int, dimension: Int = 6, classes: Int = 3, noise: Double = 0.4, seed: UInt64 = 11
  ) -> LabeledPoints {
    var random = SeededGenerator(seed: 99)
    let centres = (0..<classes).map { _ in (0..<dimension).map { _ in random.normal() } }
    random = SeededGenerator(seed: seed)
    let labels = (0..<count).map { Int32($0 % classes) }
    let coordinates = labels.flatMap { label in
      centres[Int(label)].map { Float($0 + noise * random.normal()) }
    }
    return LabeledPoints(
      dimension: dimension, coordinates: coordinates, labels: labels,
      classNames: (0..<classes).map { "class \($0)" })
  }

  /// Images whose class is the quadrant that is bright.
  static func quadrants(count: Int, channels: Int = 1, size: Int = 8, seed: UInt64 = 5)
    -> LabeledImages
  {
    var random = SeededGenerator(seed: seed)
    let labels = (0..<count).map { Int32($0 % 4) }
    var pixels: [UInt8] = []
    for label in labels {
      for _ in 0..<channels {
        for y in 0..<size {
          for x in 0..<size {
            let quadrant = (2 * y / size) * 2 + 2 * x / size
            pixels.append(UInt8((quadrant == Int(label) ? 120 : 0) + random.index(below: 100)))
          }
        }
      }
    }
    return LabeledImages(
      sampleShape: [channels, size, size], pixels: pixels, labels: labels,
      classNames: ["a", "b", "c", "d"])
  }
}

extension LabeledPoints {
  /// The same points with one coordinate always zero.
  func silencing(_ axis: Int) -> LabeledPoints {
    LabeledPoints(
      dimension: dimension,
      coordinates: coordinates.enumerated().map { $0.offset % dimension == axis ? 0 : $0.element },
      labels: labels, classNames: classNames)
  }
}

extension LabeledImages {
  /// The same images with one channel always zero.
  func silencing(_ channel: Int) -> LabeledImages {
    let plane = height * width
    return LabeledImages(
      sampleShape: sampleShape,
      pixels: pixels.enumerated().map {
        $0.offset / plane % channels == channel ? 0 : $0.element
      }, labels: labels, classNames: classNames)
  }
}
