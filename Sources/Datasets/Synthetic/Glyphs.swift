public import CollapseCore

/// Digits 0–9 drawn from stroke templates, as gray images of 28 × 28.
///
/// Each digit has two or three forms of lines and smooth curves. An image takes one form at random,
/// moves every template point by N(0, `wobble`²) of the digit's height, maps the strokes by a random
/// rotation, shear, scale and shift, draws them with a round pen of random thickness and an edge one
/// pixel wide, white on black, and adds N(0, `noise`²) to every pixel, rounded and clipped to
/// 0...255. Digits are 20 pixels high before scaling, in the middle of the image, as in MNIST.
///
/// All ranges are uniform and symmetric unless said otherwise. Labels go round, 0, 1, …, 9, 0, …;
/// image i depends on the seed, the split and i alone, so a larger set begins with a smaller one.
public struct Glyphs: SyntheticDataset {
  public static let summary = "digits drawn from stroke templates"
  public static let kind = "glyphs"

  /// Largest rotation, in degrees.
  public var rotation = 12.0
  /// Largest shear of x by y.
  public var shear = 0.25
  /// Largest relative change of width and of height, each on its own.
  public var scale = 0.15
  /// Largest shift along each axis, in pixels.
  public var shift = 2.0
  /// Thinnest and thickest pen, in pixels.
  public var thinnest = 1.4
  /// Thickest pen, in pixels.
  public var thickest = 3.2
  /// Deviation of template points, in heights of the digit.
  public var wobble = 0.02
  /// Deviation of the gray levels.
  public var noise = 12.0
  public var trainPerClass = 200
  public var testPerClass = 50
  public var seed: UInt64 = 0

  private static let side = 28
  private static let digitHeight = 20.0
  private static let classCount = 10

  public init() {}

  public func generate(threads: Int) throws -> (train: LabeledImages, test: LabeledImages) {
    try check()
    func split(_ name: String, _ perClass: Int) throws -> LabeledImages {
      let labels = (0..<Self.classCount * perClass).map { Int32($0 % Self.classCount) }
      let block = 64
      let pixels = try Parallel.map((labels.count + block - 1) / block, threads: threads) { index in
        (index * block..<min(labels.count, (index + 1) * block)).flatMap { image in
          var random = SeededGenerator(seed: seed, stream: "\(name)/\(image)")
          return draw(Int(labels[image]), &random)
        }
      }
      return LabeledImages(
        sampleShape: [1, Self.side, Self.side], pixels: Array(pixels.joined()), labels: labels,
        classNames: ClassNames.decimal(Self.classCount))
    }
    return (try split("train", trainPerClass), try split("test", testPerClass))
  }

  private func draw(_ digit: Int, _ random: inout SeededGenerator) -> [UInt8] {
    func within(_ limit: Double) -> Double { limit * (2 * random.uniform() - 1) }
    let forms = GlyphTemplates.forms[digit]
    let strokes = forms[random.index(below: forms.count)]
    let map = PlaneMap(
      scaleX: Self.digitHeight * (1 + within(scale)),
      scaleY: Self.digitHeight * (1 + within(scale)),
      shear: within(shear), degrees: within(rotation))
    let centre = PlanePoint(
      Double(Self.side) / 2 + within(shift), Double(Self.side) / 2 + within(shift))
    let thickness = thinnest + (thickest - thinnest) * random.uniform()

    var raster = GlyphRaster(width: Self.side, height: Self.side)
    for stroke in strokes {
      raster.add(
        stroke.flattened { point in
          let moved = map(
            PlanePoint(
              point.x - 0.5 + wobble * random.normal(), point.y - 0.5 + wobble * random.normal()))
          return PlanePoint(moved.x + centre.x, moved.y + centre.y)
        })
    }
    return raster.coverage(thickness: thickness).map { covered in
      UInt8(min(max((255 * covered + noise * random.normal()).rounded(), 0), 255))
    }
  }

  private func check() throws(DatasetError) {
    try requireSizes(
      classCount: Self.classCount, trainPerClass: trainPerClass, testPerClass: testPerClass,
      valuesPerSample: Self.side * Self.side)
    try require(
      thinnest <= thickest, "thinnest", "expected at most the thickest, found \(thinnest)")
  }
}

extension Glyphs {
  public static var fields: [Field<Glyphs>] {
    [
      Field("rotation", \.rotation, "Largest rotation, in degrees.", range: .closed(0...45)),
      Field("shear", \.shear, "Largest shear of x by y.", range: .closed(0...1)),
      Field(
        "scale", \.scale, "Largest relative change of width and of height.",
        range: .closed(0...0.5)),
      Field(
        "shift", \.shift, "Largest shift along each axis, in pixels.", range: .closed(0...14)),
      Field("thinnest", \.thinnest, "Thinnest pen, in pixels.", range: .closed(0...14)),
      Field("thickest", \.thickest, "Thickest pen, in pixels.", range: .closed(0...14)),
      Field(
        "wobble", \.wobble, "Deviation of the points of a stroke, in heights of the digit.",
        range: .closed(0...0.2)),
      Field("noise", \.noise, "Deviation of the gray levels.", range: .closed(0...255)),
    ] + sizeFields
  }
}
