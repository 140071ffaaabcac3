import CollapseCore

extension Shaping {
  /// Images in the middle of a square of zeros `side` wide; an error for anything else.
  func padded<Samples: LabeledSamples>(
    _ samples: Samples, to side: Int, _ name: String
  ) throws(DatasetError) -> Samples {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(file: name, location: "padTo", problem: problem, kind: .usage)
    }
    guard let images = samples as? LabeledImages else {
      throw refuse("only images can be padded, found samples of shape \(samples.sampleShape)")
    }
    guard side >= images.height && side >= images.width else {
      throw refuse(
        "expected at least the size of the images, \(images.height)×\(images.width), found \(side)")
    }
    let planes = images.count * images.channels
    guard Shape.elementCount(of: [planes, side, side]).map({ $0 < 1 << 40 }) ?? false else {
      throw refuse("\(images.count) images of \(side)×\(side) do not fit in memory")
    }
    let (top, left) = ((side - images.height) / 2, (side - images.width) / 2)
    let (height, width) = (images.height, images.width)
    var pixels = [UInt8](repeating: 0, count: planes * side * side)
    pixels.withUnsafeMutableBufferPointer { out in
      images.pixels.withUnsafeBufferPointer { source in
        for plane in 0..<planes {
          for row in 0..<height {
            let from = (plane * height + row) * width
            let to = (plane * side + top + row) * side + left
            for column in 0..<width { out[to + column] = source[from + column] }
          }
        }
      }
    }
    return LabeledImages(
      sampleShape: [images.channels, side, side], pixels: pixels, labels: images.labels,
      classNames: images.classNames) as! Samples
  }
}
