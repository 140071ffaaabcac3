import CollapseCore

/// Images in the middle of larger squares of zeros; with an odd difference the extra row is below
/// and the extra column at the right.
struct Padding: PixelStep {
  let side: Int

  func shape(after shape: Shape) -> Shape { [shape[0], side, side] }

  func write(
    _ image: UnsafeBufferPointer<UInt8>, of shape: Shape, number _: Int,
    into out: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (height, width) = (shape[1], shape[2])
    let (top, left) = ((side - height) / 2, (side - width) / 2)
    out.update(repeating: 0)
    for plane in 0..<shape[0] {
      for row in 0..<height {
        let from = (plane * height + row) * width
        let to = (plane * side + top + row) * side + left
        for column in 0..<width { out[to + column] = image[from + column] }
      }
    }
  }
}

extension Shaping {
  /// Images in the middle of a square of zeros `side` wide; an error for anything else.
  func padded<Samples: LabeledSamples>(
    _ samples: Samples, to side: Int, _ name: String
  ) throws(DatasetError) -> Samples {
    try requireImages(samples, for: "padTo", to: "padded", name)
    let shape = samples.sampleShape
    guard side >= shape[1] && side >= shape[2] else {
      throw DatasetError(
        file: name, location: "padTo",
        problem: "expected at least the size of the images, \(shape[1])×\(shape[2]), found \(side)",
        kind: .usage)
    }
    // As bytes, and as the float32 that a network takes of one of them.
    let (area, overflow) = side.multipliedReportingOverflow(by: side)
    let (plane, overflows) = area.multipliedReportingOverflow(by: 4 * shape[0])
    guard !overflow, !overflows, plane <= PhysicalMemory.byteCount else {
      throw DatasetError(
        file: name, location: "padTo",
        problem: "one image of \(side)×\(side) takes more memory than the "
          + "\(MemoryNeed.text(PhysicalMemory.byteCount)) there are", kind: .usage)
    }
    return try applying(
      Padding(side: side), numbers: Array(0..<samples.count), to: samples, name)
  }
}
