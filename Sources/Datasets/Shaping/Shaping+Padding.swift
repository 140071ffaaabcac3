import CollapseCore

extension Shaping {
  /// Images in the middle of a square of zeros `side` wide; an error for anything else.
  func padded<Samples: LabeledSamples>(
    _ samples: Samples, to side: Int, _ name: String
  ) throws(DatasetError) -> Samples {
    func refuse(_ problem: String) -> DatasetError {
      DatasetError(file: name, location: "padTo", problem: problem, kind: .usage)
    }
    let shape = samples.sampleShape
    guard shape.rank == 3 else {
      throw refuse("only images can be padded, found samples of shape \(shape)")
    }
    guard side >= shape[1] && side >= shape[2] else {
      throw refuse(
        "expected at least the size of the images, \(shape[1])×\(shape[2]), found \(side)")
    }
    if let images = samples as? StreamedImages { return images.padded(to: side) as! Samples }
    let images = samples as! LabeledImages
    // As bytes, and as the float32 that a network takes of one of them.
    let (area, overflow) = side.multipliedReportingOverflow(by: side)
    let (plane, overflows) = area.multipliedReportingOverflow(by: 4 * images.channels)
    guard !overflow, !overflows, plane <= PhysicalMemory.byteCount else {
      throw refuse(
        "one image of \(side)×\(side) takes more memory than the "
          + "\(MemoryNeed.text(PhysicalMemory.byteCount)) there are")
    }
    let padded = Shape([images.channels, side, side])
    try MemoryNeed.check(
      images.count, of: padded, limit: PhysicalMemory.byteCount, what: "", file: name)
    let count = images.count * padded.elementCount
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { out, filled in
      images.pixels.withUnsafeBufferPointer {
        Padding.embed(
          $0, shape, side: side, into: UnsafeMutableBufferPointer(rebasing: out[..<count]))
      }
      filled = count
    }
    return LabeledImages(
      sampleShape: [images.channels, side, side], pixels: pixels, labels: images.labels,
      classNames: images.classNames) as! Samples
  }
}
